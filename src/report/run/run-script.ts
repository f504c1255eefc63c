/**
 * What a run's page can do: its tables are sorted by their headings, its lists searched. Without it everything can still be read.
 *
 * A column with the attribute `data-sort` gets a button; cells are compared by `data-value` where they have one. An input with
 * `data-searches` hides the entries of that list that lack one of its words.
 */
export const RUN_SCRIPT = `
for (const table of document.querySelectorAll('table[data-sortable]')) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    if (!heading.hasAttribute('data-sort')) return;
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = heading.textContent;
    heading.replaceChildren(button);
    button.addEventListener('click', () => {
      const descending = heading.getAttribute('aria-sort') !== 'descending';
      headings.forEach((each) => each.removeAttribute('aria-sort'));
      heading.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
      const valueOf = (row) => {
        const cell = row.cells[column];
        const value = cell.dataset.value ?? cell.textContent.trim();
        return value !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
      };
      const compare = (a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b)));
      const body = table.tBodies[0];
      const rows = [...body.rows].sort((a, b) => (descending ? -1 : 1) * compare(valueOf(a), valueOf(b)));
      body.append(...rows);
    });
  });
}
for (const input of document.querySelectorAll('input[data-searches]')) {
  const list = document.getElementById(input.dataset.searches);
  const status = document.getElementById(input.getAttribute('aria-describedby'));
  input.addEventListener('input', () => {
    const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    const entries = list.querySelectorAll('[data-entry]');
    for (const entry of entries) {
      const text = entry.textContent.toLowerCase();
      entry.hidden = !words.every((word) => text.includes(word));
      if (!entry.hidden) shown++;
    }
    for (const group of list.querySelectorAll('details')) {
      if (words.length > 0 && group.querySelector('[data-entry]:not([hidden])')) group.open = true;
    }
    status.textContent = words.length === 0 ? '' : shown + ' of ' + entries.length + ' shown';
  });
}
`;
