"""What a response says about the claim that tau_sys shrinks: the same statements as on the Claims page, in words."""

from __future__ import annotations

from liquid.answers import Answer
from liquid.studies.noise.response import Response
from liquid.studies.noise.study import NoiseConfig
from liquid.studies.statistics import GROWS, NO_CHANGE, ROUNDING, SHRINKS, Interval, by_uncertainty
from liquid.studies.verdict import Check, verdict

TAU_SYS_CHANGE, NEURONS_SHRINK = "Change of mean tau_sys", "Neurons whose tau_sys shrinks"
SHRUNK = -1.0  # per cent: a change of the time constant that anybody could notice
MOST = 90.0  # per cent of the neurons: what is said of a layer's neurons holds for so many of them
LEFT = 50.0  # per cent of tau_sys after a fall toward zero: a generous reading


def mean_shrinks(change: Interval, condition: str = "") -> Check:
    """The first statement of "tau_sys shrinks under noise": its mean over neurons does; `change` in per cent."""
    return Check(TAU_SYS_CHANGE, change, at_most=SHRUNK, unit="%", condition=condition)


def neurons_shrink(share: Interval, condition: str = "") -> Check:
    """The second: nearly all neurons do; `share` in per cent."""
    return Check(NEURONS_SHRINK, share, at_least=MOST, unit="%", condition=condition)


def checks(response: Response, config: NoiseConfig) -> tuple[Check, Check]:
    """The two statements for one layer: what noise, or a spike, does to mean tau_sys, and to how many neurons."""
    each = 100 / len(response.verdicts)
    shrink = response.count(SHRINKS)
    may = shrink + sum(
        verdict == NO_CHANGE and low < -ROUNDING * clean
        for verdict, low, clean in zip(response.verdicts, response.change.low, response.clean, strict=True)
    )
    share = Interval(each * shrink, each * shrink, each * may)
    if config.place == "spike":  # falls toward zero
        fallen = Check(TAU_SYS_CHANGE, _change(response), at_most=LEFT - 100, unit="%")
        return fallen, neurons_shrink(share)
    return mean_shrinks(_change(response)), neurons_shrink(share)


def answer(response: Response, config: NoiseConfig) -> Answer:
    """Does tau_sys shrink in this layer, under this noise? The change of its mean, and how many neurons went which way.

    The verdict follows from `checks` by the rule of all claims.
    """
    spiked, change = config.place == "spike", _change(response)
    what = f"with a spike of {config.level:+g} anywhere in the series" if spiked else f"at noise {config.level:g}"
    whose = "that sample's mean tau_sys" if spiked else "mean tau_sys"
    shrink, grow, unclear = (response.count(way) for way in (SHRINKS, GROWS, NO_CHANGE))
    neurons = f"{shrink} of {len(response.verdicts)} neurons {'shrinks' if shrink == 1 else 'shrink'}, " + (
        f"{grow} {'grows' if grow == 1 else 'grow'}, {unclear} {'is' if unclear == 1 else 'are'} inconclusive."
    )
    fold = f"Change of {whose}: {change:+.2f} %, 95 % interval; noticeable from {SHRUNK:g} % on."
    if spiked:
        fold = f"Change of {whose}: {change:+.2f} %, 95 % interval; toward zero means {LEFT - 100:g} % or less."
    if change.high < 0 or change.low > 0:
        size = Interval(abs(change.mean), *sorted((abs(change.low), abs(change.high))))
        before, number = f"{what}, {whose} {'falls' if change.high < 0 else 'rises'} by", f"{by_uncertainty(size)} %"
    else:
        before, number = f"{what}, a change of {whose} cannot be told from zero:", f"{by_uncertainty(change)} %"
    return Answer(verdict(checks(response, config)), before, number, f"; {neurons}", fold)


def _change(response: Response) -> Interval:
    """Of mean tau_sys, in per cent; what is only rounding is none."""
    ends = (response.percent.mean, response.percent.low, response.percent.high)
    return Interval(0.0, 0.0, 0.0) if max(map(abs, ends)) <= 100 * ROUNDING else response.percent
