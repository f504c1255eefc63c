/** Charts as SVG texts, drawn by Observable Plot without a browser. */
import type * as Plot from '@observablehq/plot';

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Draws a chart.
 * @param describe makes Plot's options, `ariaLabel` and `ariaDescription` among them; the library is loaded only when a chart is drawn.
 * @returns a whole SVG document, the same for the same options.
 * @example await drawChart((plot) => ({ marks: [plot.line(points, { x: 'tokens', y: 'loss' })] }))
 */
export async function drawChart(describe: (plot: typeof Plot) => Omit<Plot.PlotOptions, 'document'>): Promise<string> {
  const [plot, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')]);
  const { document } = parseHTML('<!doctype html><body></body>');
  const svg = plot.plot({ style: { background: 'white', color: '#1f2937' }, ...describe(plot), document });
  svg.setAttribute('xmlns', SVG);
  svg.setAttribute('role', 'img');
  // Plot writes the description as an attribute that is still a draft; an element says it everywhere.
  const description = svg.getAttribute('aria-description');
  if (description !== null) {
    svg.removeAttribute('aria-description');
    const element = document.createElementNS(SVG, 'desc');
    element.textContent = description;
    svg.prepend(element);
  }
  // Plot names its groups for readers of screens, which may not name what has no role; the chart as a whole has its name.
  svg.querySelectorAll('g[aria-label]').forEach((group) => group.removeAttribute('aria-label'));
  return `${svg.outerHTML}\n`;
}
