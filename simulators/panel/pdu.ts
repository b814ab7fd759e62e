import type { Panel, Table } from './panel.ts';

/** What a request was about, in words of the panel. */
export type Asked = { fn: number; unit: number; table?: Table; address: number; values?: number[]; count?: number };

/** Exception codes of the Modbus application protocol V1.1b3, section 7. */
export const illegalFunction = 1;
export const illegalAddress = 2;
export const illegalValue = 3;

const readTables: Record<number, Table> = { 1: 'coil', 2: 'input', 3: 'holding', 4: 'inputRegister' };
/** Most bits and registers one request may read (V1.1b3, sections 6.1 and 6.3). */
const bitsMax = 2000;
const registersMax = 125;

/** Reads a request (unit, function, data); undefined when it is not one that a server understands. */
export function askedOf(bytes: Buffer): Asked | undefined {
  if (bytes.length < 2) return undefined;
  const [unit, fn] = [bytes[0]!, bytes[1]!];
  if (bytes.length < 6) return { unit, fn, address: 0 };
  const address = bytes.readUInt16BE(2);
  const word = bytes.readUInt16BE(4);
  if (fn >= 1 && fn <= 4) return { unit, fn, table: readTables[fn]!, address, count: word };
  if (fn === 5) return { unit, fn, table: 'coil', address, values: [word === 0xff00 ? 1 : word === 0 ? 0 : -1] };
  if (fn === 6) return { unit, fn, table: 'holding', address, values: [word] };
  if (fn === 15 && bytes.length >= 7 + Math.ceil(word / 8)) {
    const values = Array.from({ length: word }, (_, i) => (bytes[7 + (i >> 3)]! >> (i & 7)) & 1);
    return { unit, fn, table: 'coil', address, values };
  }
  if (fn === 16 && bytes.length >= 7 + 2 * word) {
    const values = Array.from({ length: word }, (_, i) => bytes.readUInt16BE(7 + 2 * i));
    return { unit, fn, table: 'holding', address, values };
  }
  return { unit, fn, address };
}

/** An exception answer. */
export function exceptionOf({ unit, fn }: Asked, code: number): Buffer {
  return Buffer.from([unit, fn | 0x80, code]);
}

/** Carries a request out on the panel and answers what goes back (unit, function, data). */
export function answerOf(panel: Panel, asked: Asked, atMs: number): Buffer {
  const { fn, unit, table, address, values, count } = asked;
  if (table === undefined) return exceptionOf(asked, illegalFunction);
  if (count !== undefined) {
    const isBits = table === 'coil' || table === 'input';
    if (count < 1 || count > (isBits ? bitsMax : registersMax)) return exceptionOf(asked, illegalValue);
    const read = Array.from({ length: count }, (_, i) => panel.read(table, address + i, atMs));
    if (read.includes(undefined)) return exceptionOf(asked, illegalAddress);
    return Buffer.concat([Buffer.from([unit, fn]), isBits ? packed(read as number[]) : words(read as number[])]);
  }
  for (const [i, value] of values!.entries()) {
    if (value < 0) return exceptionOf(asked, illegalValue);
    const said = panel.write(table as 'coil' | 'holding', address + i, { value, atMs });
    if (said !== 'taken') return exceptionOf(asked, said === 'address' ? illegalAddress : illegalValue);
  }
  const tail = Buffer.alloc(4);
  tail.writeUInt16BE(address, 0);
  tail.writeUInt16BE(fn === 5 ? values![0]! * 0xff00 : fn === 6 ? values![0]! : values!.length, 2);
  return Buffer.concat([Buffer.from([unit, fn]), tail]);
}

function packed(bits: number[]): Buffer {
  const bytes = Buffer.alloc(1 + Math.ceil(bits.length / 8));
  bytes[0] = bytes.length - 1;
  bits.forEach((bit, i) => {
    bytes[1 + (i >> 3)]! |= bit << (i & 7);
  });
  return bytes;
}

function words(values: number[]): Buffer {
  const bytes = Buffer.alloc(1 + 2 * values.length);
  bytes[0] = 2 * values.length;
  values.forEach((value, i) => {
    bytes.writeUInt16BE(value, 1 + 2 * i);
  });
  return bytes;
}
