import type { ModbusContact, ModbusWatchdog, ModbusWrite } from './config.ts';

/** The four tables of the Modbus data model (application protocol V1.1b3, section 4.3). */
export type Table = 'coil' | 'input' | 'holding' | 'inputRegister';
export type Point = { table: Table; address: number };
/** Neighbouring points, read in one request and so at one instant. */
export type Range = Point & { count: number };
/** What one look found, by `keyOf` of the point. */
export type Values = ReadonlyMap<string, number>;

const tables = ['coil', 'input', 'holding', 'inputRegister'] as const satisfies Table[];
/** Most points that one request reads: far below the 2,000 bits and 125 registers of the protocol, which small devices do not keep. */
const countMax = 32;

/** The table and address that a part of the site file names. */
export function pointOf(part: ModbusWrite | ModbusContact | ModbusWatchdog['armed']): Point {
  const fields = part as Partial<Record<Table, number>>;
  const table = tables.find((name) => fields[name] !== undefined)!;
  return { table, address: fields[table]! };
}

/** The name of a point within its unit. */
export function keyOf({ table, address }: Point): string {
  return `${table} ${address}`;
}

/** The fewest reads that take in these points and no other address. */
export function rangesOf(points: readonly Point[]): Range[] {
  const ranges: Range[] = [];
  const sorted = points.toSorted((a, b) => tables.indexOf(a.table) - tables.indexOf(b.table) || a.address - b.address);
  for (const { table, address } of sorted) {
    const last = ranges.at(-1);
    const end = last === undefined ? -1 : last.address + last.count;
    if (last?.table !== table || address > end || (address === end && last.count === countMax))
      ranges.push({ table, address, count: 1 });
    else if (address === end) last.count += 1;
  }
  return ranges;
}

/** True when the contact is on; undefined when its point was not read. */
export function levelOf(contact: ModbusContact | ModbusWatchdog['armed'], values: Values): boolean | undefined {
  const value = values.get(keyOf(pointOf(contact)));
  if (value === undefined) return undefined;
  const { bit, equals } = contact as { bit?: number; equals?: number };
  if (equals !== undefined) return value === equals;
  return bit === undefined ? value !== 0 : ((value >> bit) & 1) === 1;
}

/** Words for what contacts show when it is no state of its own: none speaks (under way, or a broken wire), or two speak at once. */
export const moving = 'moving';
export const contradiction = 'contradiction';

/** The state that contacts show together, in the words of the site file; undefined when one of them was not read. */
export function wordOf(contacts: readonly ModbusContact[], values: Values): string | undefined {
  const said = new Set<string>();
  for (const contact of contacts) {
    const level = levelOf(contact, values);
    if (level === undefined) return undefined;
    const word = level ? contact.high : contact.low;
    if (word !== undefined) said.add(word);
  }
  const [first] = said;
  return said.size > 1 ? contradiction : (first ?? moving);
}

/** The value that ends a pulse, or undefined for a write that stands. */
export function idleOf(write: ModbusWrite): number | undefined {
  if (write.pulseMs === undefined) return undefined;
  return 'coil' in write ? Number(!write.value) : (write.idle ?? 0);
}
