import { createServer, type Server, type Socket } from 'node:net';
import { type Clock, systemClock } from '@tocsin/contracts';
import { chance } from '../chance/chance.ts';
import type { BreakerEvent, BreakerPlace } from './breaker.ts';
import { type Framed, type Framing, takeRequests, wrap } from './framing.ts';
import { createPanel, type FeedbackFault, type PanelMove, type PanelStory } from './panel.ts';
import { type Asked, answerOf, askedOf, exceptionOf } from './pdu.ts';

/** How the server itself goes wrong; each lasts until another is set. */
export type ServerFault =
  /** Carries out, but answers late, or never. */
  | { kind: 'slow'; byMs: number }
  | { kind: 'silent' }
  /** Neither carries out nor answers; what came meanwhile is lost with its connection. */
  | { kind: 'stall' }
  | { kind: 'refuse' }
  /** Ends the connection at a request, before or after carrying it out. */
  | { kind: 'cut'; when: 'before' | 'after' }
  | { kind: 'exception'; code: number }
  | { kind: 'otherTransaction' }
  | { kind: 'garbage' }
  /** Noise in front of every right answer. */
  | { kind: 'noise' }
  | { kind: 'badCrc' }
  | { kind: 'otherValue' };

/** Which requests a fault is about. */
export type FaultScope = 'all' | 'reads' | 'writes';

/** One request as the panel saw it, in milliseconds of the clock's monotonic time. */
export type PanelFrame = Asked & { atMs: number; connection: number };

export type ServedPanel = {
  port: number;
  /** Requests carried out, oldest first; the newest 10,000 are kept. */
  frames(): readonly PanelFrame[];
  writes(): readonly PanelFrame[];
  moves(): readonly PanelMove[];
  place(way: number): BreakerPlace;
  connections(): { now: number; ever: number };
  fault(fault: ServerFault | undefined, scope?: FaultScope): void;
  feedback(way: number, fault: FeedbackFault | undefined): void;
  /** Somebody at the panel; the instant is now. */
  touch(way: number, event: TouchEvent): void;
  /** Writes an address as another master would. */
  set(table: 'coil' | 'holding', address: number, value: number): void;
  /** Ends every connection; the server goes on listening. */
  cut(): void;
  stop(): Promise<void>;
};
type TouchEvent = BreakerEvent extends infer Event
  ? Event extends { atMs: number }
    ? Omit<Event, 'atMs'>
    : never
  : never;

export type ServePanelOptions = PanelStory & {
  host?: string;
  port?: number;
  framing?: Framing;
  clock?: Clock;
  seed?: number;
  /** Called at each request, before it is carried out. */
  onFrame?(frame: PanelFrame): void;
};

const framesMax = 10_000;
const connectionsMax = 32;
/** A request is at most 260 bytes (V1.1b3, section 4.1); whoever sends much more without one is cut off. */
const receivedMax = 4_096;

/** Serves a breaker panel over Modbus TCP or RTU over TCP, with whatever fault is set. */
export async function servePanel(options: ServePanelOptions): Promise<ServedPanel> {
  const { host = '127.0.0.1', framing = 'tcp', clock = systemClock, seed = 1, onFrame } = options;
  const panel = createPanel(options);
  const sockets = new Map<Socket, number>();
  const frames: PanelFrame[] = [];
  const dice = chance(seed);
  let ever = 0;
  let faulty: { fault: ServerFault; scope: FaultScope } | undefined;
  const nowMs = () => clock.monotonicMs();

  const noise = () => Buffer.from(Array.from({ length: dice.integer(1, 40) }, () => dice.integer(0, 255)));

  function faultOf({ values }: Asked): ServerFault | undefined {
    if (faulty === undefined) return undefined;
    const { fault, scope } = faulty;
    return scope === 'all' || (scope === 'writes') === (values !== undefined) ? fault : undefined;
  }

  function serve(socket: Socket, connection: number, request: Framed): void {
    const asked = askedOf(request.bytes);
    if (asked === undefined) return;
    const fault = faultOf(asked);
    const isLost = fault?.kind === 'stall' || (fault?.kind === 'cut' && fault.when === 'before');
    if (fault?.kind === 'cut' && isLost) socket.destroy();
    if (isLost) return;
    if (fault?.kind === 'exception') {
      socket.write(wrap(framing, { ...request, bytes: exceptionOf(asked, fault.code) }));
      return;
    }
    const frame = { ...asked, atMs: nowMs(), connection };
    frames.push(frame);
    if (frames.length > framesMax) frames.shift();
    onFrame?.(frame);
    reply(socket, { ...request, bytes: answerOf(panel, asked, frame.atMs) }, fault);
  }

  function reply(socket: Socket, answer: Framed, fault: ServerFault | undefined): void {
    const { transaction, bytes } = answer;
    const right = wrap(framing, answer);
    switch (fault?.kind) {
      case 'silent':
        break;
      case 'slow':
        clock.after(fault.byMs, () => socket.destroyed || socket.write(right));
        break;
      case 'cut':
        socket.destroy();
        break;
      case 'otherTransaction':
        socket.write(wrap(framing, { transaction: (transaction + 1) & 0xffff, bytes }));
        break;
      case 'garbage':
        socket.write(noise());
        break;
      case 'noise':
        socket.write(Buffer.concat([noise(), right]));
        break;
      case 'badCrc':
        right[right.length - 1]! ^= 0xff;
        socket.write(right);
        break;
      case 'otherValue':
        bytes[bytes.length - 1]! ^= 0x01;
        socket.write(wrap(framing, answer));
        break;
      default:
        socket.write(right);
    }
  }

  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    if (faulty?.fault.kind === 'refuse' || sockets.size >= connectionsMax) {
      socket.destroy();
      return;
    }
    ever += 1;
    const connection = ever;
    let received: Buffer = Buffer.alloc(0);
    sockets.set(socket, connection);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      const taken = takeRequests(framing, Buffer.concat([received, chunk]));
      received = Buffer.from(taken.rest);
      for (const request of taken.requests) serve(socket, connection, request);
      if (received.length > receivedMax) socket.destroy();
    });
  });
  const port = await listen(server, host, options.port ?? 0);

  return {
    port,
    frames: () => frames,
    writes: () => frames.filter(({ values }) => values !== undefined),
    moves: () => panel.moves(nowMs()),
    place: (way) => panel.place(way, nowMs()),
    connections: () => ({ now: sockets.size, ever }),
    fault(fault, scope = 'all') {
      faulty = fault && { fault, scope };
      if (fault?.kind === 'refuse') for (const socket of sockets.keys()) socket.destroy();
    },
    feedback: (way, fault) => panel.feedback(way, fault, nowMs()),
    touch: (way, event) => panel.touch(way, { ...event, atMs: nowMs() } as BreakerEvent),
    set: (table, address, value) => void panel.write(table, address, { value, atMs: nowMs() }),
    cut() {
      for (const socket of sockets.keys()) socket.destroy();
    },
    async stop() {
      for (const socket of sockets.keys()) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as { port: number }).port));
  });
}
