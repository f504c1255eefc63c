/**
 * What a run's page can do: its tables are sorted by their headings, its lists narrowed. Without it everything can still be read.
 *
 * A column with the attribute `data-sort` gets a button; cells are compared by `data-value` where they have one. The first press
 * sorts numbers from the largest down and texts from A to Z. An input and a select with `data-narrows` hide the entries of that list
 * that lack one of the words, or have another label (narrowed-list.ts).
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
      const valueOf = (row) => {
        const cell = row.cells[column];
        const value = cell.dataset.value ?? cell.textContent.trim();
        return value !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
      };
      const compare = (a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b)));
      const body = table.tBodies[0];
      const first = body.rows.length > 0 && typeof valueOf(body.rows[0]) === 'number' ? 'descending' : 'ascending';
      const before = heading.getAttribute('aria-sort');
      const descending = before === null ? first === 'descending' : before === 'ascending';
      headings.forEach((each) => each.removeAttribute('aria-sort'));
      heading.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
      const rows = [...body.rows].sort((a, b) => (descending ? -1 : 1) * compare(valueOf(a), valueOf(b)));
      body.append(...rows);
    });
  });
}
for (const list of document.querySelectorAll('[data-narrowed]')) {
  const controls = [...document.querySelectorAll('[data-narrows="' + list.id + '"]')];
  const status = document.getElementById(list.id + '-status');
  const valueOf = (kind) => controls.find((control) => control.matches(kind))?.value ?? '';
  const narrow = () => {
    const words = valueOf('input').toLowerCase().split(/\\s+/).filter(Boolean);
    const label = valueOf('select');
    const narrowed = words.length > 0 || label !== '';
    let shown = 0;
    const entries = list.querySelectorAll('[data-entry]');
    for (const entry of entries) {
      const text = entry.textContent.toLowerCase();
      entry.hidden = (label !== '' && entry.dataset.label !== label) || !words.every((word) => text.includes(word));
      if (!entry.hidden) shown++;
    }
    for (const group of list.querySelectorAll('details')) {
      const found = group.querySelector('[data-entry]:not([hidden])') !== null;
      group.hidden = narrowed && !found;
      if (narrowed && found) group.open = true;
    }
    status.textContent = narrowed ? shown + ' of ' + entries.length + ' shown' : '';
  };
  for (const control of controls) control.addEventListener('input', narrow);
  // Browsers fill in again what was chosen before a reload.
  narrow();
}
`;
