// Uses a report of 100 or more presentations of which some are prints; throws what is not as it should be.
const fail = (words) => { throw new Error(words); };
const rows = () => document.querySelectorAll("#rows > li");
const change = (name, value) => {
  const field = document.getElementById("filter").elements[name];
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
window.pwned === undefined || fail("a model's words were run");
document.querySelectorAll("#rows img").length === 0 || fail("a model's words became a picture");
rows().length === 50 || fail("the list is not lazy");
document.getElementById("more").click();
rows().length === 100 || fail("more rows did not come");
document.activeElement === rows()[50] || fail("the keyboard lost its place");
change("species", "print");
[...rows()].every((row) => row.textContent.includes("print")) || fail("the filter lets others through");
change("words", "no such words");
rows().length === 0 || fail("the search finds what is not there");
change("words", ""); change("species", ""); change("order", "down");
const scores = [...rows()].map((row) => Number(row.textContent.match(/score: (-?[\d.]+)/)[1]));
scores.every((score, i) => i === 0 || score <= scores[i - 1]) || fail("the order is wrong");
const table = document.querySelector("table.sortable"), button = table.tHead.querySelectorAll("button")[4];
button.click(); button.click();
const cells = [...table.tBodies[0].rows].map((row) => Number(row.cells[4].dataset.v));
cells.every((value, i) => i === 0 || value <= cells[i - 1]) || fail("the table is not sorted");
button.closest("th").getAttribute("aria-sort") === "descending" || fail("the order is not announced");
document.documentElement.scrollWidth <= window.innerWidth || fail("the page is wider than the screen");
