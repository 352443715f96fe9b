// Mouse and finger on the picture: over the stream a tap is a spike and a drag draws; elsewhere a tap chooses a neuron.

const TAP = 6; // pixels that a finger may move and still tap

export function followPointer(canvas, layer) {
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return layer.picture.under(event.clientX - box.left, event.clientY - box.top, layer.simulation, layer.phase);
  };
  let pressed = null;
  canvas.onpointerdown = (event) => {
    pressed = { place: place(event), x: event.clientX, y: event.clientY, moved: false };
    canvas.setPointerCapture(event.pointerId);
  };
  canvas.onpointermove = (event) => {
    const at = place(event);
    if (!pressed) return layer.light(at);
    const across = Math.abs(event.clientX - pressed.x), down = Math.abs(event.clientY - pressed.y);
    // A finger that sets out downwards is about to scroll the page.
    pressed.moved ||= event.pointerType === "mouse" ? Math.max(across, down) > TAP : across > TAP && across > down;
    if (!pressed.moved || pressed.place.part !== "I" || at.part !== "I") return;
    layer.drag(pressed.place, at);
    pressed.place = at;
  };
  canvas.onpointerup = (event) => {
    const was = pressed, at = place(event);
    pressed = null;
    if (!was) return;
    if (!was.moved && at.part === "I") layer.spikeAt(at);
    else if (!was.moved) layer.select(at.neuron + 1);
    layer.done();
  };
  canvas.onpointercancel = () => (pressed = null);
  canvas.onpointerleave = () => layer.light(null);
}
