// Runs before the first paint: says that scripts work, so that what needs them can be shown.
document.documentElement.dataset.js = "";
