// Points on a map: [data-map] with data-map-points="#id of a JSON script" and the addresses of the parts
// (see templates/includes/map.html). County outlines lie under it; the agency's own PMTiles file too, if it has one.
// Without WebGL the same points are drawn as a plain picture. The table beside the map holds the same facts.
// data-map-shapes="#id" (JSON: {circle: [lat, lon, metres]} or {polygon: [[lat, lon], ...]}) are drawn over it;
// data-map-draw names a module whose `attach(surface)` lets one draw, once the map comes into view.
const MANY = 200;
const PADDING = 40;
const METRES_A_DEGREE = 111195;
const ANYWHERE = [[-124.4, 32.5], [-114.1, 42]]; // California, where there is nothing to show yet

const escape = (text) => String(text ?? "");
const json = async (url) => (await fetch(url, { credentials: "same-origin" })).json();

function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function readPoints(box) {
  const script = document.querySelector(box.dataset.mapPoints);
  const points = script ? JSON.parse(script.textContent) : [];
  return points
    .map((point, index) => ({ ...point, lat: Number(point.lat), lon: Number(point.lon), number: point.number ?? index + 1 }))
    .filter((point) => Number.isFinite(point.lat) && Number.isFinite(point.lon) && Math.abs(point.lat) < 85.05);
}

function readShapes(box) {
  const script = box.dataset.mapShapes && document.querySelector(box.dataset.mapShapes);
  return script ? JSON.parse(script.textContent) : [];
}

// Corners of a shape as {lat, lon}; a circle's are those of the square around it.
function cornersOf({ circle, polygon }) {
  if (polygon) return polygon.map(([lat, lon]) => ({ lat, lon }));
  const [lat, lon, metres] = circle;
  const [north, east] = [metres / METRES_A_DEGREE, metres / METRES_A_DEGREE / Math.cos(lat * (Math.PI / 180))];
  return [{ lat: lat - north, lon: lon - east }, { lat: lat + north, lon: lon + east }];
}

function bounds(points) {
  if (!points.length) return ANYWHERE;
  const lons = points.map((point) => point.lon);
  const lats = points.map((point) => point.lat);
  return [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]];
}

function note(box, words) {
  const place = box.parentElement.querySelector("[data-map-note]");
  if (place) place.textContent = words;
}

function popupBody(point) {
  const body = document.createElement("div");
  body.append(Object.assign(document.createElement("strong"), { textContent: `${point.number}. ${escape(point.label)}` }));
  if (point.note) body.append(Object.assign(document.createElement("div"), { textContent: point.note }));
  if (point.url) body.append(Object.assign(document.createElement("a"), { textContent: "Open", href: point.url }));
  return body;
}

// The agency's tiles as plain shapes: there are no letters on it, since letters would need a font server.
function tileLayers(raster) {
  if (raster) return [{ id: "tiles", type: "raster", source: "tiles" }];
  const layer = (id, type, name, paint, extra = {}) => ({ id, type, source: "tiles", "source-layer": name, paint, ...extra });
  return [
    layer("tile-water", "fill", "water", { "fill-color": colour("--info-bg") }, { filter: ["==", ["geometry-type"], "Polygon"] }),
    layer("tile-roads", "line", "roads", {
      "line-color": colour("--rule-strong"),
      "line-opacity": 0.6,
      "line-width": ["match", ["get", "kind"], "highway", 2.2, "major_road", 1.4, 0.7],
    }),
  ];
}

async function style(box, library) {
  const sources = { counties: { type: "geojson", data: await json(box.dataset.mapOutlines) } };
  let tiles = [];
  if (box.dataset.mapTiles) {
    const { Protocol, PMTiles } = window.pmtiles;
    const protocol = new Protocol();
    library.addProtocol("pmtiles", protocol.tile);
    const url = new URL(box.dataset.mapTiles, location.href).href;
    const file = new PMTiles(url);
    protocol.add(file);
    const vector = (await file.getHeader()).tileType === 1;
    sources.tiles = { type: vector ? "vector" : "raster", url: `pmtiles://${url}`, ...(vector ? {} : { tileSize: 256 }) };
    tiles = tileLayers(!vector);
  }
  const line = (kind, width) => ({
    id: kind, type: "line", source: "counties", filter: ["==", ["get", "kind"], kind],
    paint: { "line-color": colour("--rule-strong"), "line-width": width },
  });
  return {
    version: 8,
    sources,
    layers: [
      { id: "ground", type: "background", paint: { "background-color": colour("--raised") } },
      ...tiles, line("county", 0.8), line("state", 1.8),
    ],
  };
}

function addCircles(map, library, points) {
  const features = points.map((point) => ({
    type: "Feature", properties: { index: points.indexOf(point) }, geometry: { type: "Point", coordinates: [point.lon, point.lat] },
  }));
  map.addSource("points", { type: "geojson", data: { type: "FeatureCollection", features } });
  map.addLayer({
    id: "points", type: "circle", source: "points",
    paint: { "circle-radius": 6, "circle-color": colour("--danger"), "circle-stroke-color": colour("--surface"), "circle-stroke-width": 1.5 },
  });
  map.on("click", "points", (event) => {
    const point = points[event.features[0].properties.index];
    new library.Popup().setLngLat([point.lon, point.lat]).setDOMContent(popupBody(point)).addTo(map);
  });
}

function addMarkers(map, library, points) {
  for (const point of points) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "map__marker", textContent: point.number });
    button.setAttribute("aria-label", `Point ${point.number}: ${escape(point.label)}`);
    const popup = new library.Popup({ offset: 14 }).setDOMContent(popupBody(point));
    new library.Marker({ element: button }).setLngLat([point.lon, point.lat]).setPopup(popup).addTo(map);
  }
}

// What is drawn over a map or plot: `place` turns [lon, lat] into pixels.
function overlay(box, place) {
  const layer = svg("svg", { class: "map__overlay", "aria-hidden": "true" });
  box.append(layer);
  let shapes = [];
  const redraw = () => {
    layer.replaceChildren(...shapes.map((shape) => {
      const name = `map__shape${shape.current ? " map__shape--current" : ""}`;
      if (shape.circle) {
        const [lat, lon, metres] = shape.circle;
        const [x, y] = place([lon, lat]);
        return svg("circle", { cx: x, cy: y, r: Math.max(4, Math.abs(y - place([lon, lat + metres / METRES_A_DEGREE])[1])), class: name });
      }
      return svg("polygon", { points: shape.polygon.map(([lat, lon]) => place([lon, lat]).join(",")).join(" "), class: name });
    }));
  };
  return { redraw, show: (list) => { shapes = list; redraw(); } };
}

async function drawMap(box, points, shapes) {
  const library = await import(box.dataset.mapModule);
  library.setWorkerUrl(new URL(box.dataset.mapWorker, location.href).href);
  if (box.dataset.mapTiles) await import(box.dataset.mapPmtiles);
  const map = new library.Map({
    container: box, style: await style(box, library), attributionControl: false, cooperativeGestures: true,
    bounds: bounds([...points, ...shapes.flatMap(cornersOf)]), fitBoundsOptions: { padding: PADDING, maxZoom: 14 },
    dragRotate: false, pitchWithRotate: false,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new library.NavigationControl({ showCompass: false }));
  map.addControl(new library.ScaleControl({ unit: "imperial" }));
  await new Promise((resolve) => { map.once("load", resolve); });
  if (points.length > MANY) addCircles(map, library, points);
  else addMarkers(map, library, points);
  const draw = async () => map.setStyle(await style(box, library), { diff: false });
  if (points.length <= MANY) document.addEventListener("platekeeper:theme", draw);
  box.dataset.mapState = "map";
  const over = overlay(box, (lonLat) => { const { x, y } = map.project(lonLat); return [x, y]; });
  map.on("move", over.redraw);
  const spot = ({ lng, lat }) => [lng, lat];
  return { box, show: over.show, onClick: (put) => map.on("click", (event) => put(spot(event.lngLat))), middle: () => spot(map.getCenter()) };
}

function svg(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

async function drawPlot(box, points, shapes) {
  const [[west, south], [east, north]] = bounds([...points, ...shapes.flatMap(cornersOf)]);
  const flat = Math.cos(((south + north) / 2) * (Math.PI / 180));
  const [width, height] = [box.clientWidth || 600, box.clientHeight || 380];
  const room = [width - 2 * PADDING, height - 2 * PADDING];
  const scale = Math.min(room[0] / Math.max((east - west) * flat, 0.02), room[1] / Math.max(north - south, 0.02));
  const middle = [(west + east) / 2, (south + north) / 2];
  const place = ([lon, lat]) => [width / 2 + (lon - middle[0]) * flat * scale, height / 2 - (lat - middle[1]) * scale];
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Plot of ${points.length} points. The table lists them.` });
  for (const feature of (await json(box.dataset.mapOutlines)).features) {
    const path = feature.geometry.coordinates
      .map((line) => `M${line.map((point) => place(point).map((value) => value.toFixed(1)).join(" ")).join("L")}`).join("");
    picture.append(svg("path", { d: path, class: `map__line map__line--${feature.properties.kind}` }));
  }
  for (const point of points) {
    const [x, y] = place([point.lon, point.lat]);
    const group = svg("g", {});
    group.append(svg("title", {}, `${point.number}. ${escape(point.label)}`), svg("circle", { cx: x, cy: y, r: 11, class: "map__point" }),
      svg("text", { x, y, class: "map__number" }, point.number));
    picture.append(group);
  }
  box.replaceChildren(picture);
  box.dataset.mapState = "plot";
  const over = overlay(box, place);
  const spot = (x, y) => [middle[0] + (x - width / 2) / (flat * scale), middle[1] - (y - height / 2) / scale];
  const onClick = (put) => box.addEventListener("click", (event) => {
    const frame = box.getBoundingClientRect();
    put(spot(event.clientX - frame.left, event.clientY - frame.top));
  });
  return { box, show: over.show, onClick, middle: () => middle };
}

// A map that one draws on may lie in a closed part of the form: it is made when it comes into view.
const inView = (box) => new Promise((resolve) => {
  const watch = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    resolve();
  });
  watch.observe(box);
});

async function show(box) {
  const [points, shapes, drawing] = [readPoints(box), readShapes(box), box.dataset.mapDraw];
  if (!points.length && !shapes.length && !drawing) {
    box.hidden = true;
    note(box, "Nothing to put on a map.");
    return;
  }
  if (drawing) await inView(box);
  const webgl = document.createElement("canvas").getContext("webgl2");
  webgl?.getExtension("WEBGL_lose_context")?.loseContext();
  const surface = await (webgl ? drawMap : drawPlot)(box, points, shapes);
  surface.show(shapes);
  const numbers = points.length && !drawing ? "Numbers match the table. " : "";
  note(box, webgl ? `${numbers}Drag with two fingers, or use the + and − buttons.`
    : `This browser draws no maps (no WebGL), so here is a plain plot. ${numbers}`);
  if (drawing) {
    await import(drawing);
    document.dispatchEvent(new CustomEvent("map:draw", { detail: { ...surface, points } }));
  }
}

for (const box of document.querySelectorAll("[data-map]")) {
  show(box).catch((error) => {
    console.error("map", error);
    box.hidden = true;
    note(box, "The map could not be drawn. The table has every point.");
  });
}
