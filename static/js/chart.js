// Bars or lines out of a table: canvas[data-chart="bar|line"] with data-chart-table="#table". First column: labels;
// every further column with a heading: a series. The table stays on the page for those who cannot see the drawing.
const PALETTE = ["--act", "--danger", "--good-ink", "--held-ink", "--wait-ink"];

function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

const number = (text) => Number(text.replace(/[^0-9.-]/g, "")) || 0;

function draw(canvas) {
  const table = document.querySelector(canvas.dataset.chartTable);
  if (!table || !window.Chart) return;
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim()));
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  const ink = colour("--ink-soft");
  const rule = colour("--rule");
  window.Chart.getChart(canvas)?.destroy();
  new window.Chart(canvas, {
    type: canvas.dataset.chart,
    data: {
      labels: rows.map((row) => row[0]),
      datasets: heads.slice(1).map((label, index) => ({
        label, data: rows.map((row) => number(row[index + 1])),
        backgroundColor: colour(PALETTE[index % PALETTE.length]), borderColor: colour(PALETTE[index % PALETTE.length]),
      })),
    },
    options: {
      animation: false, maintainAspectRatio: false,
      plugins: { legend: { display: heads.length > 2, labels: { color: ink } } },
      scales: { x: { ticks: { color: ink }, grid: { color: rule } }, y: { beginAtZero: true, ticks: { color: ink }, grid: { color: rule } } },
    },
  });
}

const drawAll = () => document.querySelectorAll("canvas[data-chart]").forEach(draw);
drawAll();
document.addEventListener("platekeeper:theme", drawAll);
