// Drawing on the form's map (map.js says `map:draw` when the map is there): a circle by one click and its radius, an
// area by its corners.
// The fields beside the map are the truth: clicks write into them, and what is typed there is drawn.
const WORDS = {
  circle: "Click the middle of the circle; set its radius in metres below.",
  corners: "Click the corners one after the other, three or more.",
};

const visible = (part) => part.offsetParent !== null;
const field = (place, name) => place.querySelector(`[name=${place.dataset.place}_${name}]`);

function shapeOf(place, known) {
  const corners = field(place, "corners").value.split(/[\n;]/).map((line) => line.split(/[\s,]+/).filter(Boolean).map(Number))
    .filter((pair) => pair.length === 2 && pair.every(Number.isFinite));
  if (corners.length) return { polygon: corners };
  const [latitude, longitude] = ["latitude", "longitude"].map((name) => field(place, name).value);
  const metres = Number(field(place, "metres").value) || 500;
  const site = known.get(field(place, "site").value.trim().toLowerCase());
  if (site) return { circle: [site.lat, site.lon, metres] };
  return latitude === "" || longitude === "" ? null : { circle: [Number(latitude), Number(longitude), metres] };
}

function attach(surface) {
  const box = surface.box.closest("[data-draw]");
  const places = [...document.querySelectorAll("[data-place]")];
  const known = new Map(surface.points.map((point) => [point.label.toLowerCase(), point]));
  const words = box.querySelector("[data-draw-words]");
  const modes = [...box.querySelectorAll("[data-draw-mode]")];
  let mode = "circle";
  let current = null;

  const target = () => (current && visible(current) ? current : places.find(visible));
  const write = (place, name, value) => { field(place, name).value = value; };
  const draw = () => {
    const shown = places.filter(visible);
    surface.show(shown.map((place) => ({ ...shapeOf(place, known), current: place === target() })).filter((shape) => shape.circle || shape.polygon));
    const name = target()?.querySelector("legend")?.textContent ?? "";
    words.textContent = `${name}: ${WORDS[mode]}`;
    for (const button of modes) button.setAttribute("aria-pressed", String(button.dataset.drawMode === mode));
  };
  const put = ([longitude, latitude]) => {
    const place = target();
    if (!place) return;
    const [lat, lon] = [latitude.toFixed(5), longitude.toFixed(5)];
    write(place, "site", "");
    if (mode === "circle") {
      write(place, "corners", "");
      write(place, "latitude", lat);
      write(place, "longitude", lon);
    } else {
      write(place, "latitude", "");
      write(place, "longitude", "");
      write(place, "corners", `${field(place, "corners").value.trimEnd()}\n${lat}, ${lon}`.trimStart());
    }
    draw();
  };
  const back = () => {
    const place = target();
    if (!place) return;
    const lines = field(place, "corners").value.trimEnd().split("\n");
    if (lines[0]) write(place, "corners", lines.slice(0, -1).join("\n"));
    else for (const name of ["latitude", "longitude"]) write(place, name, "");
    draw();
  };

  for (const button of modes) {
    button.addEventListener("click", () => {
      mode = button.dataset.drawMode;
      draw();
    });
  }
  box.querySelector("[data-draw-middle]").addEventListener("click", () => put(surface.middle()));
  box.querySelector("[data-draw-back]").addEventListener("click", back);
  for (const place of places) {
    place.addEventListener("focusin", () => {
      current = place;
      draw();
    });
    place.addEventListener("input", draw);
  }
  document.addEventListener("platekeeper:places", draw);
  surface.onClick(put);
  draw();
}

document.addEventListener("map:draw", (event) => attach(event.detail));
