import { connect } from 'node:net';
import modbusSerial from 'modbus-serial';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type BreakerEvent, type BreakerStory, breakerAtRest, stepBreaker } from './breaker.ts';
import { crcOf, takeRequests } from './framing.ts';
import { armedInput, createPanel, expiredInput, lampTestCoil } from './panel.ts';
import { type ServePanelOptions, servePanel } from './server.ts';

/** Plays events on one breaker and answers its moves and where it came to stand. */
function play(story: BreakerStory, events: BreakerEvent[]) {
  let state = breakerAtRest(story);
  const moves: string[] = [];
  for (const event of events) {
    const stepped = stepBreaker(state, story, event);
    state = stepped.state;
    for (const { atMs, to, by } of stepped.moves) moves.push(`${atMs} ${to} by ${by}`);
  }
  return { moves, place: state.place, latched: state.latched };
}
const at = (kind: 'coil' | 'close' | 'power' | 'jam', on: boolean, atMs: number): BreakerEvent => ({ kind, on, atMs });
const time = (atMs: number): BreakerEvent => ({ kind: 'time', atMs });

describe('a breaker', () => {
  test.each<[string, BreakerStory, BreakerEvent[], string[], string]>([
    [
      'opens by its shunt trip and travels',
      { kind: 'shunt' },
      [at('coil', true, 10), time(30)],
      ['10 open by coil'],
      'opening',
    ],
    ['arrives', { kind: 'shunt' }, [at('coil', true, 10), time(60)], ['10 open by coil'], 'open'],
    [
      'closes once for one energised close coil (anti-pumping)',
      { kind: 'shunt', springMs: 10 },
      [
        at('coil', true, 0),
        at('coil', false, 100),
        at('close', true, 200),
        at('coil', true, 400),
        at('coil', false, 500),
        time(900),
      ],
      ['0 open by coil', '200 closed by coil', '400 open by coil'],
      'open',
    ],
    [
      'does not close against a trip that stands (trip-free)',
      { kind: 'shunt' },
      [at('coil', true, 0), time(100), at('close', true, 200), time(400)],
      ['0 open by coil'],
      'open',
    ],
    [
      'does not close again before its spring is charged',
      { kind: 'shunt', springMs: 3000 },
      [
        ...[at('coil', true, 0), at('coil', false, 100), at('close', true, 200), at('close', false, 300)],
        ...[at('coil', true, 400), at('coil', false, 500), at('close', true, 600), at('close', false, 700)],
        ...[at('close', true, 4000), time(4100)],
      ],
      ['0 open by coil', '200 closed by coil', '400 open by coil', '4000 closed by coil'],
      'closed',
    ],
    [
      'stays open after a trip that latched, until it is reset',
      { kind: 'shunt', latches: true },
      [
        ...[at('coil', true, 0), at('coil', false, 100), at('close', true, 200), at('close', false, 300)],
        ...[{ kind: 'reset', atMs: 400 } as const, at('close', true, 500), time(600)],
      ],
      ['0 open by coil', '500 closed by coil'],
      'closed',
    ],
    [
      'cannot trip without control voltage',
      { kind: 'shunt' },
      [at('power', false, 0), at('coil', true, 10)],
      [],
      'closed',
    ],
    [
      'with an undervoltage release trips without it',
      { kind: 'undervoltage' },
      [at('power', false, 5)],
      ['5 open by coil'],
      'opening',
    ],
    [
      'that is jammed does not move',
      { kind: 'shunt' },
      [at('jam', true, 0), at('coil', true, 5), time(99)],
      [],
      'closed',
    ],
    [
      'is moved by hand',
      { kind: 'shunt' },
      [{ kind: 'hand', to: 'open', atMs: 5 }, time(99), { kind: 'hand', to: 'closed', atMs: 100 }, time(200)],
      ['5 open by hand', '100 closed by hand'],
      'closed',
    ],
    [
      'that is a contactor follows its coil',
      { kind: 'contactor' },
      [at('coil', true, 0), time(100), at('coil', false, 200), time(300)],
      ['0 closed by coil', '200 open by coil'],
      'open',
    ],
  ])('%s', (_, story, events, moves, place) => {
    expect(play(story, events)).toMatchObject({ moves, place });
  });
});

describe('a panel', () => {
  const story = { ways: [{ kind: 'shunt' as const }, { kind: 'contactor' as const }] };
  const inputs = (panel: ReturnType<typeof createPanel>, atMs: number) =>
    [0, 1, 2, 3, 4].map((address) => panel.read('input', address, atMs));

  test('shows contacts, spring, latch and lamp, also in one register', () => {
    const panel = createPanel(story);
    expect([inputs(panel, 0), panel.read('inputRegister', 200, 0)]).toEqual([[0, 1, 1, 0, 0], 0b00110]);
    panel.write('coil', 0, { value: 1, atMs: 10 });
    expect(inputs(panel, 20)).toEqual([0, 0, 1, 0, 0]);
    expect([inputs(panel, 60), panel.read('inputRegister', 200, 60)]).toEqual([[1, 0, 1, 0, 1], 0b10101]);
  });

  test('lights every lamp in the lamp test and moves nothing', () => {
    const panel = createPanel(story);
    panel.write('coil', lampTestCoil, { value: 1, atMs: 0 });
    expect([panel.read('input', 4, 1), panel.read('input', 14, 1), panel.moves(1)]).toEqual([1, 1, []]);
  });

  test('takes commands by register and lets go of the coil by itself', () => {
    const panel = createPanel(story);
    expect(panel.write('holding', 200, { value: 1, atMs: 0 })).toBe('taken');
    expect([panel.read('coil', 0, 100), panel.read('coil', 0, 250), panel.moves(250).length]).toEqual([1, 0, 1]);
    expect(panel.write('holding', 200, { value: 9, atMs: 300 })).toBe('value');
    expect(panel.write('holding', 250, { value: 1, atMs: 300 })).toBe('address');
    expect(panel.write('coil', 99, { value: 1, atMs: 300 })).toBe('address');
  });

  test('lets go of everything when its watchdog runs out, at that very instant, also if nobody looks', () => {
    const panel = createPanel({ ...story, watchdogMs: 500, onSilence: 'release' });
    panel.write('coil', 10, { value: 1, atMs: 0 });
    panel.write('holding', 100, { value: 7, atMs: 400 });
    expect(panel.moves(5000).at(-1)).toEqual({ way: 1, atMs: 900, to: 'open', by: 'coil' });
    expect([panel.read('input', expiredInput, 5000), panel.read('input', armedInput, 5000)]).toEqual([1, 1]);
  });

  test.each([
    ['stick', [0, 1]],
    ['lie', [0, 1]],
    ['both', [1, 1]],
    ['neither', [0, 0]],
  ] as const)('with feedback that is wrong (%s) shows %o though it is open', (kind, shown) => {
    const panel = createPanel(story);
    panel.feedback(0, { kind }, 0);
    panel.write('coil', 0, { value: 1, atMs: 1 });
    expect([inputs(panel, 100).slice(0, 2), panel.place(0, 100)]).toEqual([shown, 'open']);
  });

  test('with lagging feedback shows what was', () => {
    const panel = createPanel(story);
    panel.feedback(0, { kind: 'lag', byMs: 300 }, 0);
    panel.write('coil', 0, { value: 1, atMs: 1000 });
    const shown = [1100, 1320, 1400].map((atMs) => inputs(panel, atMs).slice(0, 2));
    expect(shown).toEqual([
      [0, 1],
      [0, 0],
      [1, 0],
    ]);
  });
});

describe('a served panel', () => {
  const open: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });
  const serve = async (options: Partial<ServePanelOptions> = {}) => {
    const panel = await servePanel({ ways: [{ kind: 'shunt' }], ...options });
    open.push(() => panel.stop());
    return panel;
  };
  const master = async (port: number, how: 'connectTCP' | 'connectTelnet' = 'connectTCP') => {
    const client = new modbusSerial.default();
    await client[how]('127.0.0.1', { port });
    client.setTimeout(300);
    open.push(() => new Promise<void>((done) => client.destroy(() => done())));
    return client;
  };

  test.each(['connectTCP', 'connectTelnet'] as const)('speaks Modbus with an independent master (%s)', async (how) => {
    const panel = await serve({ framing: how === 'connectTCP' ? 'tcp' : 'rtu-over-tcp' });
    const client = await master(panel.port, how);
    expect((await client.readDiscreteInputs(0, 5)).data.slice(0, 5)).toEqual([false, true, true, false, false]);
    expect(await client.writeCoil(0, true)).toMatchObject({ address: 0, state: true });
    await vi.waitFor(async () => expect((await client.readInputRegisters(200, 1)).data).toEqual([0b10101]));
    expect(await client.writeRegister(100, 77)).toMatchObject({ address: 100, value: 77 });
    expect((await client.readHoldingRegisters(100, 2)).data).toEqual([77, 0]);
    await client.writeCoils(0, [false, false]);
    await client.writeRegisters(100, [1, 20]);
    expect((await client.readCoils(0, 2)).data.slice(0, 2)).toEqual([false, false]);
    await expect(client.readCoils(500, 1)).rejects.toMatchObject({ modbusCode: 2 });
    expect(panel.moves()).toMatchObject([{ way: 0, to: 'open', by: 'coil' }]);
    expect(panel.writes().map(({ fn }) => fn)).toEqual([5, 6, 15, 16]);
  });

  test('answers with what its faults make of it, and rightly again after them', async () => {
    const panel = await serve();
    const client = await master(panel.port);
    panel.fault({ kind: 'exception', code: 6 });
    await expect(client.readCoils(0, 1)).rejects.toMatchObject({ modbusCode: 6 });
    for (const kind of ['stall', 'silent', 'otherTransaction'] as const) {
      panel.fault({ kind });
      await expect(client.readCoils(0, 1)).rejects.toThrow(/Timed out/);
    }
    panel.fault({ kind: 'exception', code: 6 }, 'writes');
    expect((await client.readCoils(0, 1)).data[0]).toBe(false);
    panel.fault(undefined);
    expect(await client.writeCoil(0, true)).toMatchObject({ state: true });
  });

  test('outlives garbage and cuts whoever sends only that', async () => {
    const panel = await serve({ framing: 'rtu-over-tcp' });
    const socket = connect(panel.port, '127.0.0.1');
    open.push(() => socket.destroy());
    socket.on('error', () => {});
    const ended = new Promise((done) => socket.on('close', done));
    for (let n = 0; n < 40; n += 1) socket.write(Buffer.alloc(300, 0x0f));
    await Promise.race([ended, vi.waitFor(() => expect(panel.connections().ever).toBe(1))]);
    const client = await master(panel.port, 'connectTelnet');
    expect((await client.readCoils(0, 1)).data[0]).toBe(false);
  });

  test('a request is found behind garbage', () => {
    const body = Buffer.from([1, 1, 0, 0, 0, 1]);
    const crc = Buffer.alloc(2);
    crc.writeUInt16LE(crcOf(body));
    const { requests, rest } = takeRequests('rtu-over-tcp', Buffer.concat([Buffer.from([9, 9, 9]), body, crc]));
    expect([requests.map(({ bytes }) => [...bytes]), rest.length]).toEqual([[[...body]], 0]);
  });
});
