/** A small writer of SVG. All text and every attribute is escaped here, so that a name from outside can never become markup. */
export type Attributes = Record<string, string | number | undefined>;

/** What XML 1.0 forbids even when escaped, and lone halves of surrogate pairs. */
const forbidden =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must go
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that is only text, inside an element or an attribute. */
export function escaped(text: string): string {
  return text.replace(forbidden, '�').replace(/[&<>"']/g, (char) => entities[char]!);
}

const numberText = (value: number) => String(Math.round(value * 10) / 10);

/** One element; children are markup that this module wrote, numbers are rounded to a tenth of a pixel. */
export function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  let head = `<${name}`;
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) head += ` ${key}="${typeof value === 'number' ? numberText(value) : escaped(value)}"`;
  return children.length === 0 ? `${head}/>` : `${head}>${children.join('')}</${name}>`;
}

/** An element that holds text. */
export function textElement(name: string, attributes: Attributes, text: string): string {
  return element(name, attributes, [escaped(text)]);
}

/** The `d` of a path: one polyline per list of points. */
export function polylines(lines: readonly (readonly (readonly [number, number])[])[]): string {
  return lines
    .map((line) => line.map(([x, y], at) => `${at === 0 ? 'M' : at === 1 ? 'L' : ''}${numberText(x)},${numberText(y)}`))
    .map((points) => points.join(' '))
    .join('');
}

/** Cuts text to a number of characters, with an ellipsis where something is missing. */
export function cut(text: string, most: number): string {
  const chars = [...text];
  return chars.length <= most ? text : `${chars.slice(0, most - 1).join('')}…`;
}

/** Estimated width of text in px: an average letter of a sans-serif face is a little over half its size. */
export function widthOf(text: string, sizePx: number): number {
  return [...text].length * sizePx * 0.56;
}
