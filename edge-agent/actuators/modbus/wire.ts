import assert from 'node:assert';
import { EventEmitter } from 'node:events';
import { connect } from 'node:net';
import type { Clock } from '@tocsin/contracts';
import modbusSerial from 'modbus-serial';
import { type Flight, type Framing, take, wrap } from './framing.ts';
import type { Point, Range } from './points.ts';

/** One request: a look at neighbouring points, or one value written. */
export type Request = { unit: number } & (Range | (Point & { value: number }));

/** What became of a request. Only an answer of the device is certain; `nothing` leaves open whether it was carried out. */
export type Answer =
  | { kind: 'values'; values: number[] }
  | { kind: 'written' }
  | { kind: 'exception'; code: number }
  | { kind: 'nothing'; why: string };

/** One TCP connection to a device, for one request at a time. */
export type Wire = {
  request(request: Request, heard: (answer: Answer) => void): void;
  /** Resets the connection, so that nothing still on its way can arrive after all. */
  reset(why: string): void;
  end(): void;
};

export type WireOptions = { host: string; port: number; framing: Framing; timeoutMs: number; clock: Clock };
type Ends = { opened(): void; closed(why: string): void };

/** The class is the module itself; its types know it under `default` only. */
const ModbusRTU = modbusSerial.default;
type Client = InstanceType<typeof ModbusRTU>;

/** A device that does not even take a connection within this time is not there. */
const connectMs = 3000;
/** Foreign bytes since the last right answer, beyond which the other end is no Modbus device. */
const skippedBytesMax = 16_384;

/** The socket as modbus-serial wants to see a serial port: whole frames with a CRC in both directions. */
class Port extends EventEmitter {
  isOpen = true;
  readonly #send: (frame: Buffer) => void;
  constructor(send: (frame: Buffer) => void) {
    super();
    this.#send = send;
  }
  open(done: () => void): void {
    done();
  }
  write(frame: Buffer): void {
    this.#send(frame);
  }
}

/** Opens a connection. `closed` comes once, and then the request under way, if any, is told that nothing came. */
export function openWire(options: WireOptions, ends: Ends): Wire {
  const { host, port, framing, timeoutMs, clock } = options;
  const socket = connect({ host, port, noDelay: true });
  const device = new Port((frame) => {
    flight = { frame: Buffer.from(frame), transaction };
    // A serial answer has no number: whatever came before the question cannot be meant.
    if (framing === 'rtu-over-tcp') received = Buffer.alloc(0);
    socket.write(wrap(framing, flight));
  });
  const client = new ModbusRTU(device);
  client.open(() => {});
  let transaction = 0;
  let flight: Flight | undefined;
  let received: Buffer = Buffer.alloc(0);
  let skippedBytes = 0;
  let waiting: ((answer: Answer) => void) | undefined;
  let over = false;
  let cancelConnect = clock.after(connectMs, () => close(`it took no connection within ${connectMs} ms`));

  function close(why: string): void {
    if (over) return;
    over = true;
    cancelConnect();
    device.isOpen = false;
    // Not `end`: bytes that still wait to be sent must never arrive, however long the way was cut.
    if (socket.connecting) socket.destroy();
    else socket.resetAndDestroy();
    ends.closed(why);
    waiting?.({ kind: 'nothing', why });
  }

  socket.on('connect', () => {
    if (over) return;
    cancelConnect();
    cancelConnect = () => {};
    ends.opened();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => close(sentenceOf(error)));
  socket.on('close', () => close('it closed the connection'));
  socket.on('data', (chunk: Buffer) => {
    if (over) return;
    const taken = take(framing, Buffer.concat([received, chunk]), flight);
    received = Buffer.from(taken.rest);
    skippedBytes += taken.skippedBytes;
    if (taken.answer !== undefined) {
      flight = undefined;
      device.emit('data', taken.answer);
    }
    if (taken.lost !== undefined) close(taken.lost);
    else if (skippedBytes > skippedBytesMax) close('it sends bytes that answer nothing');
  });

  return {
    request(request, heard) {
      assert(waiting === undefined && !over, 'A wire carries one request at a time.');
      transaction = (transaction + 1) & 0xffff;
      const cancel = clock.after(timeoutMs, () => answer({ kind: 'nothing', why: `no answer within ${timeoutMs} ms` }));
      const answer = (said: Answer) => {
        if (waiting !== answer) return;
        waiting = undefined;
        flight = undefined;
        cancel();
        if (said.kind !== 'nothing') skippedBytes = 0;
        heard(said);
      };
      waiting = answer;
      client.setID(request.unit);
      ask(client, request).then(answer, (error: unknown) => answer(failureOf(error)));
    },
    reset: close,
    end() {
      if (over) return;
      over = true;
      cancelConnect();
      device.isOpen = false;
      waiting = undefined;
      socket.end(() => socket.destroy());
      clock.after(500, () => socket.destroy());
    },
  };
}

async function ask(client: Client, request: Request): Promise<Answer> {
  const { table, address } = request;
  if ('value' in request) {
    const { value } = request;
    assert(table === 'coil' || table === 'holding', 'Only coils and holding registers can be written.');
    const echoed =
      table === 'coil'
        ? await client.writeCoil(address, value !== 0).then((said) => ({ at: said.address, value: Number(said.state) }))
        : await client.writeRegister(address, value).then((said) => ({ at: said.address, value: said.value }));
    const isOurs = echoed.at === address && echoed.value === value;
    return isOurs ? { kind: 'written' } : { kind: 'nothing', why: 'it answered to something else' };
  }
  const { count } = request;
  if (table === 'coil' || table === 'input') {
    const { data } = await (table === 'coil'
      ? client.readCoils(address, count)
      : client.readDiscreteInputs(address, count));
    return { kind: 'values', values: data.slice(0, count).map(Number) };
  }
  const read =
    table === 'holding' ? client.readHoldingRegisters(address, count) : client.readInputRegisters(address, count);
  return { kind: 'values', values: (await read).data.slice(0, count) };
}

/** The library tells an exception by its code; everything else it says means that no right answer came. */
function failureOf(error: unknown): Answer {
  const code = (error as { modbusCode?: unknown }).modbusCode;
  return typeof code === 'number' ? { kind: 'exception', code } : { kind: 'nothing', why: 'it sent a wrong answer' };
}

const connectFaults: Record<string, string> = {
  ECONNREFUSED: 'it refuses the connection',
  ECONNRESET: 'it cut the connection',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up',
  EPIPE: 'it closed the connection',
};

function sentenceOf({ code }: NodeJS.ErrnoException): string {
  return connectFaults[code ?? ''] ?? `the connection failed (${code ?? 'no code'})`;
}
