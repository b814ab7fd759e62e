import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { type OnnxFile, onnxLimits, readOnnx } from './read.ts';
import { Message } from './wire.ts';
import { type GraphToWrite, tensorOf, writeOnnx } from './write.ts';

/** y = relu(x · 2 + constant), with a named free dimension. */
const small: GraphToWrite = {
  name: 'small',
  inputs: [{ name: 'x', type: 'float32', dims: ['batch', 3] }],
  outputs: [{ name: 'y', type: 'float32', dims: ['batch', 3] }],
  nodes: [
    { operator: 'Mul', inputs: ['x', 'two'], outputs: ['doubled'] },
    {
      operator: 'Constant',
      inputs: [],
      outputs: ['shift'],
      attributes: { value: { tensor: { name: '', ...tensorOf('float32', [3], [1, -10, 0.5]) } } },
    },
    { operator: 'Add', inputs: ['doubled', 'shift'], outputs: ['sum'], name: 'add' },
    { operator: 'Clip', inputs: ['sum', 'zero'], outputs: ['y'] },
  ],
  initializers: [
    { name: 'two', ...tensorOf('float32', [1], [2]) },
    { name: 'zero', ...tensorOf('float32', [], [0]) },
  ],
  metadata: { names: "{0: 'person'}", stride: '32' },
};

const read = (bytes: Uint8Array): OnnxFile => {
  const file = readOnnx(bytes);
  if (typeof file === 'string') throw new Error(file);
  return file;
};

describe('a written model', () => {
  test('runs in ONNX Runtime', async () => {
    const session = await InferenceSession.create(writeOnnx(small), { logSeverityLevel: 3 });
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]) });
    expect([...(y!.data as Float32Array)]).toEqual([3, 0, 6.5, 9, 0, 12.5]);
    await session.release();
  });

  test('keeps every kind of attribute: ints, floats, text and whole numbers below zero', async () => {
    const graph: GraphToWrite = {
      name: 'attributes',
      inputs: [{ name: 'x', type: 'float32', dims: [1, 1, 2, 2] }],
      outputs: [
        { name: 'last', type: 'float32', dims: [1, 1, 2] },
        { name: 'big', type: 'float32', dims: [1, 1, 4, 4] },
        { name: 'fixed', type: 'float32', dims: [2] },
      ],
      nodes: [
        {
          operator: 'ReduceMax',
          inputs: ['x'],
          outputs: ['last'],
          attributes: { axes: { ints: [-1] }, keepdims: { int: 0 } },
        },
        {
          operator: 'Resize',
          inputs: ['x', '', 'scales'],
          outputs: ['big'],
          attributes: { mode: { text: 'nearest' }, cubic_coeff_a: { float: -0.5 } },
        },
        { operator: 'Constant', inputs: [], outputs: ['fixed'], attributes: { value_floats: { floats: [0.25, -8] } } },
      ],
      initializers: [{ name: 'scales', ...tensorOf('float32', [4], [1, 1, 2, 2]) }],
    };
    const session = await InferenceSession.create(writeOnnx(graph), { logSeverityLevel: 3 });
    const { last, big, fixed } = await session.run({
      x: new Tensor('float32', Float32Array.of(1, 4, 3, 2), [1, 1, 2, 2]),
    });
    expect([...(last!.data as Float32Array)]).toEqual([4, 3]);
    expect(big!.dims).toEqual([1, 1, 4, 4]);
    expect([...(fixed!.data as Float32Array)]).toEqual([0.25, -8]);
    await session.release();
  });

  test('is read back as it was written', () => {
    const file = read(writeOnnx(small));
    expect(file.irVersion).toBe(7);
    expect(file.opsets).toEqual(new Map([['', 13]]));
    expect(file.metadata.get('names')).toBe("{0: 'person'}");
    expect(file.inputs).toEqual([{ name: 'x', type: 'float32', dims: ['batch', 3] }]);
    expect(file.outputs).toEqual([{ name: 'y', type: 'float32', dims: ['batch', 3] }]);
    expect(file.nodeCount).toBe(4);
    expect([...file.operators.keys()].sort()).toEqual(['Add', 'Clip', 'Constant', 'Mul']);
    expect(file.initializers.get('two')).toMatchObject({ type: 'float32', dims: [1], dataBytes: 4 });
    expect(file.externals).toEqual([]);
  });

  test('is not copied: weights are views of the file', () => {
    const bytes = writeOnnx(small);
    expect(read(bytes).initializers.get('two')!.data!.buffer).toBe(bytes.buffer);
  });
});

/** Puts parts into a model as protobuf, for what the writer rightly cannot write. */
const model = (graph: Message) => new Message().integer(1, 8).bytes(7, graph);
const hidden = new Message()
  .integer(1, 4)
  .integer(2, 1)
  .bytes(8, 'hidden')
  .bytes(13, new Message().bytes(1, 'location').bytes(2, '../../secret'))
  .integer(14, 1);
const nodeWith = (attribute: Message) => new Message().bytes(4, 'If').bytes(5, attribute);
const graphIn = (graph: Message) => nodeWith(new Message().bytes(6, graph));

describe('data outside the file', () => {
  const places: [string, Message][] = [
    ['an initializer', model(new Message().bytes(5, hidden))],
    ['a second graph field', model(new Message()).bytes(7, new Message().bytes(5, hidden))],
    ['a constant', model(new Message().bytes(1, nodeWith(new Message().bytes(5, hidden))))],
    ['a list of tensors', model(new Message().bytes(1, nodeWith(new Message().bytes(10, hidden))))],
    [
      'a branch of a branch',
      model(new Message().bytes(1, graphIn(new Message().bytes(1, graphIn(new Message().bytes(5, hidden)))))),
    ],
    ['a sparse initializer', model(new Message().bytes(15, new Message().bytes(1, hidden)))],
    ['a function', model(new Message()).bytes(25, new Message().bytes(7, nodeWith(new Message().bytes(5, hidden))))],
    ['a training graph', model(new Message()).bytes(20, new Message().bytes(2, new Message().bytes(5, hidden)))],
  ];
  test.each(places)('is found in %s', (_, message) => {
    expect(read(message.done()).externals.map(({ name, externalPath }) => [name, externalPath])).toEqual([
      ['hidden', '../../secret'],
    ]);
  });

  test('counts as outside also when only a place is named', () => {
    const tensor = new Message().bytes(8, 'w').bytes(13, new Message().bytes(1, 'location').bytes(2, 'w.bin'));
    expect(read(model(new Message().bytes(5, tensor)).done()).externals).toHaveLength(1);
  });
});

describe('hostile bytes', () => {
  const nested = (depth: number): Message =>
    depth === 0 ? new Message() : new Message().bytes(1, graphIn(nested(depth - 1)));
  const many = (count: number, fill: (message: Message) => unknown) => {
    const message = new Message();
    for (let i = 0; i < count; i += 1) fill(message);
    return message;
  };
  const tensor = () => new Message().bytes(8, 'w').integer(2, 1);
  const refused: [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(0), /no graph/],
    ['a picture', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16), /impossible|unknown|longer/],
    ['a text', new TextEncoder().encode('<!doctype html><html></html>'), /unknown|longer|impossible/],
    ['a graph without a version', new Message().bytes(7, new Message()).done(), /IR version/],
    ['a length beyond the end', Uint8Array.of(8, 7, 0x3a, 0x7f, 1), /longer than the file/],
    [
      'a negative length',
      Uint8Array.of(8, 7, 0x3a, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1),
      /longer than the file/,
    ],
    ['a number without an end', Uint8Array.of(8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1), /64 bits/],
    ['graphs nested too deeply', model(nested(onnxLimits.depth + 1)).done(), /deeper/],
    [
      'too many dimensions',
      model(
        new Message().bytes(
          5,
          many(17, (m) => m.integer(1, 1)),
        ),
      ).done(),
      /dimensions/,
    ],
    [
      'a packed run of too many dimensions',
      model(new Message().bytes(5, new Message().bytes(1, new Uint8Array(99)))).done(),
      /16 numbers/,
    ],
    [
      'dimensions that overflow',
      model(
        new Message().bytes(
          5,
          many(4, (m) => m.integer(1, 2 ** 40)),
        ),
      ).done(),
      /impossible dimensions/,
    ],
    ['a negative dimension', model(new Message().bytes(5, tensor().integer(1, -4))).done(), /impossible dimensions/],
    [
      'fewer weights than declared',
      model(new Message().bytes(5, tensor().integer(1, 4).bytes(9, new Uint8Array(8)))).done(),
      /8 bytes .* 16/,
    ],
    ['too many nodes', model(many(onnxLimits.nodes + 1, (m) => m.bytes(1, ''))).done(), /nodes/],
    ['too many tensors', model(many(onnxLimits.tensors + 1, (m) => m.bytes(5, ''))).done(), /tensors/],
    ['too many inputs', model(many(onnxLimits.values + 1, (m) => m.bytes(11, ''))).done(), /inputs or outputs/],
    ['a graph stored as a number', Uint8Array.of(8, 7, 0x38, 1), /not stored as one/],
    ['a field of endless fields', new Uint8Array(2 * onnxLimits.fields + 4).fill(8), /more fields/],
  ];
  test.each(refused)('%s is refused in a sentence', (_, bytes, why) => {
    const answer = readOnnx(bytes);
    expect(answer).toMatch(why);
    expect(answer).toMatch(/\.$/);
  });

  test('any bytes are answered, never thrown at the reader', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => ['string', 'object'].includes(typeof readOnnx(bytes))),
    );
  });

  test('a model that was cut, or has bytes changed, is read or refused and never thrown', () => {
    const good = writeOnnx(small);
    let refusals = 0;
    const change = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(change, fc.nat(good.length), (changes, length) => {
        const bytes = good.slice();
        for (const [at, value] of changes) bytes[at] = value;
        if (typeof readOnnx(bytes.subarray(0, length)) === 'string') refusals += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(refusals).toBeGreaterThan(500);
  });
});
