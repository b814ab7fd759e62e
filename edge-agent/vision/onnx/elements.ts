/**
 * Element types of ONNX tensors: their number in `TensorProto.DataType` of onnx.proto and the bytes of one element.
 * Types whose elements are not whole bytes or have no fixed size (text, 4-bit) have 0 bytes.
 */
const table = {
  float32: [1, 4],
  uint8: [2, 1],
  int8: [3, 1],
  uint16: [4, 2],
  int16: [5, 2],
  int32: [6, 4],
  int64: [7, 8],
  string: [8, 0],
  bool: [9, 1],
  float16: [10, 2],
  float64: [11, 8],
  uint32: [12, 4],
  uint64: [13, 8],
  complex64: [14, 8],
  complex128: [15, 16],
  bfloat16: [16, 2],
} as const;

/** Names of the element types that are understood; anything else in a file is told as `other`. */
export type ElementType = keyof typeof table;

const names = new Map<number, ElementType>(
  (Object.keys(table) as ElementType[]).map((name) => [table[name][0], name] as const),
);

/** Gives the name of an element type by its number in onnx.proto, or `other` for one that is not in the table. */
export function elementName(code: number): ElementType | 'other' {
  return names.get(code) ?? 'other';
}

/** Gives the number in onnx.proto of an element type. */
export function elementCode(type: ElementType): number {
  return table[type][0];
}

/** Gives the bytes of one element; 0 where that is not fixed. */
export function elementBytes(type: ElementType | 'other'): number {
  return type === 'other' ? 0 : table[type][1];
}
