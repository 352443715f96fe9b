// The errors of a training by update, on a logarithmic axis, beside that of repeating the last value.

const LEFT = 46, RIGHT = 8, TOP = 18, BOTTOM = 22;

// history: [{ done, loss, unseen }]
export function drawLosses(canvas, colours, history, naive, updates) {
  const width = canvas.clientWidth, height = canvas.clientHeight;
  if (!width) return;
  const scale = Math.min(window.devicePixelRatio || 1, 2), context = canvas.getContext("2d");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.font = `12px ${colours.font}`;
  const all = history.flatMap(({ loss, unseen }) => [loss, unseen]).filter((error) => error > 0 && Number.isFinite(error));
  const low = Math.log10(Math.min(naive, ...all) / 1.3), high = Math.log10(Math.max(naive, ...all) * 1.3);
  const x = (done) => LEFT + (done / updates) * (width - LEFT - RIGHT);
  const y = (error) => TOP + ((high - Math.log10(error)) / (high - low)) * (height - TOP - BOTTOM);
  const text = (words, at, over, align, strength = 0.75) => {
    context.globalAlpha = strength;
    context.fillStyle = colours.ink;
    context.textAlign = align;
    context.fillText(words, at, over);
    context.globalAlpha = 1;
  };
  const line = (points, colour, strength, thickness, dash = []) => {
    context.beginPath();
    for (const [at, over] of points) context.lineTo(at, over);
    context.strokeStyle = colour;
    context.globalAlpha = strength;
    context.lineWidth = thickness;
    context.setLineDash(dash);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  };
  for (let power = Math.floor(low); power <= high; power++) {
    for (const lead of high - low < 1.3 ? [1, 2, 5] : [1]) {
      const error = lead * 10 ** power, at = y(error);
      if (at < TOP - 1 || at > height - BOTTOM + 1) continue;
      line([[LEFT, at], [width - RIGHT, at]], colours.ink, 0.12, 1);
      text(String(Number(error.toPrecision(1))), LEFT - 6, at + 4, "right");
    }
  }
  text("mean squared error", 0, 10, "left");
  for (const done of [0, 1000, 2000, 3000].filter((done) => done <= updates)) text(String(done), x(done), height - 4, done === updates ? "right" : "center");
  text("updates", x(updates / 2), height - 4, "center");
  line([[LEFT, y(naive)], [width - RIGHT, y(naive)]], colours.ink, 0.8, 1.25, [5, 4]);
  text("repeating the last value", width - RIGHT, y(naive) - 5, "right", 0.9);
  const points = (name) => history.filter((entry) => entry[name] > 0).map((entry) => [x(entry.done), y(entry[name])]);
  line(points("loss"), colours.ink, 0.35, 1.25);
  line(points("unseen"), colours.liquid, 1, 2.25);
}
