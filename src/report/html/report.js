(function () {
  "use strict";
  var tools = document.getElementById("tools"), filter = document.getElementById("filter");
  var shown = document.getElementById("shown"), rows = document.querySelectorAll("#table tbody tr");
  if (rows.length < 16) return;
  tools.hidden = false;
  filter.addEventListener("input", function () {
    var wanted = filter.value.toLowerCase(), n = 0;
    rows.forEach(function (row) {
      row.hidden = row.textContent.toLowerCase().indexOf(wanted) < 0;
      n += row.hidden ? 0 : 1;
    });
    shown.textContent = wanted === "" ? "" : n + " of " + rows.length;
  });
}());
