import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import snmp, { type MibRequest } from 'net-snmp';

/** One object of an agent. `write` answers false for a value it does not take; without it the object cannot be written. */
export type Cell = {
  type: 'Integer' | 'OctetString' | 'TimeTicks';
  read(): number | Buffer;
  write?(value: number | Buffer): boolean;
  /** Values a SET may have. */
  range?: { min: number; max: number };
};

/** A table by the object identifier of its entry. A column of the index cannot be read itself. */
export type AgentTable = {
  name: string;
  entry: string;
  index: readonly ('Integer' | 'OctetString')[];
  rows: readonly { index: readonly (number | string)[]; cells: Readonly<Record<number, Cell>> }[];
};

/** What can go wrong on the way: dead, deeds without answers, answers that come late, from elsewhere or as something else. */
export type AgentFault =
  | { kind: 'none' | 'silent' | 'mute' | 'elsewhere' }
  | { kind: 'late'; ms: number }
  | { kind: 'wrong'; change(answer: Buffer): Buffer };

export type AgentOptions = {
  scalars: Readonly<Record<string, Cell>>;
  tables: readonly AgentTable[];
  communities: { read: string; write: string };
  /** UDP port on the loopback interface; 0 or nothing for a free one. */
  port?: number;
  /** Runs `task` once after the delay. */
  after(delayMs: number, task: () => void): void;
};

export type RunningAgent = {
  port: number;
  fail(fault: AgentFault): void;
  /** Datagrams that came and went, for tests that count. */
  counts: { asked: number; answered: number };
  stop(): Promise<void>;
};

/** Serves objects by SNMP on the loopback interface. */
export async function serveObjects(options: AgentOptions): Promise<RunningAgent> {
  let fault: AgentFault = { kind: 'none' };
  const counts = { asked: 0, answered: 0 };
  const elsewhere = createSocket('udp4');
  let socket: Socket | undefined;
  const agent = snmp.createAgent(
    {
      // The library takes 0 for 161; the socket below binds to a free port whatever it is told.
      port: 1,
      address: '127.0.0.1',
      transport: 'udp4',
      accessControlModelType: snmp.AccessControlModelType.Simple,
      dgramModule: {
        createSocket: () => {
          socket = faultySocket({
            counts,
            elsewhere,
            port: options.port ?? 0,
            fault: () => fault,
            after: options.after,
          });
          return socket;
        },
      },
    },
    () => {},
  );
  const authorizer = agent.getAuthorizer();
  const { read, write } = options.communities;
  authorizer.addCommunity(read);
  authorizer.addCommunity(write);
  authorizer.getAccessControlModel().setCommunityAccess(write, snmp.AccessLevel.ReadWrite);
  const cells = new Map<string, Cell>();
  const handler = (request: MibRequest) => handle(cells.get(request.oid), request);
  const mib = agent.getMib();
  for (const [oid, cell] of Object.entries(options.scalars)) {
    const name = `scalar ${oid}`;
    const maxAccess = accessOf(cell);
    mib.registerProvider({
      name,
      type: snmp.MibProviderType.Scalar,
      oid,
      scalarType: snmp.ObjectType[cell.type],
      maxAccess,
      handler,
    });
    mib.setScalarValue(name, cell.read());
    cells.set(`${oid}.0`, cell);
  }
  for (const table of options.tables) registerTable(table, { mib, cells, handler });
  if (socket === undefined) throw new Error('The agent made no socket.');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    fail(next) {
      fault = next;
    },
    counts,
    async stop() {
      await new Promise<void>((resolve) => agent.close(resolve));
      elsewhere.close();
    },
  };
}

function accessOf(cell: Cell): number {
  return snmp.MaxAccess[cell.write === undefined ? 'read-only' : 'read-write'];
}

function handle(cell: Cell | undefined, request: MibRequest): void {
  if (cell === undefined) request.done({ errorStatus: snmp.ErrorStatus.NoSuchName });
  else if (request.operation !== snmp.PduType.SetRequest) {
    request.instanceNode.value = cell.read();
    request.done();
  } else if (takes(cell, request)) request.done();
  else request.done({ errorStatus: snmp.ErrorStatus.BadValue });
}

/** A SET comes in two passes; the first only asks whether every value would be taken. */
function takes(cell: Cell, { setValue, testSet }: MibRequest): boolean {
  const value = typeof setValue === 'string' ? Buffer.from(setValue) : (setValue as number);
  const { min, max } = cell.range ?? { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
  const fits = Buffer.isBuffer(value) || (value >= min && value <= max);
  return fits && (testSet === true || cell.write?.(value) === true);
}

type Registering = { mib: import('net-snmp').Mib; cells: Map<string, Cell>; handler(request: MibRequest): void };

function registerTable({ name, entry, index, rows }: AgentTable, { mib, cells, handler }: Registering): void {
  const readable = Object.entries(rows[0]!.cells).map(([number, cell]) => ({ number: Number(number), cell }));
  // Index columns that nobody reads get numbers no object has.
  const indexColumns = index.map((type, i) => ({
    number: 1000 + i,
    name: `${name} index ${i}`,
    type: snmp.ObjectType[type],
    maxAccess: snmp.MaxAccess['not-accessible'],
  }));
  const columns = readable.map(({ number, cell }) => ({
    number,
    name: `${name} ${number}`,
    type: snmp.ObjectType[cell.type],
    maxAccess: accessOf(cell),
  }));
  mib.registerProvider({
    name,
    type: snmp.MibProviderType.Table,
    oid: entry,
    tableColumns: [...indexColumns, ...columns],
    tableIndex: indexColumns.map(({ name: columnName }) => ({ columnName })),
    handler,
  });
  for (const row of rows) {
    const values = readable.map(({ number }) => row.cells[number]!.read());
    mib.addTableRow(name, [...row.index, ...values]);
    const place = row.index.map((part) =>
      typeof part === 'number' ? [part] : [part.length, ...Buffer.from(part, 'latin1')],
    );
    for (const [number, cell] of Object.entries(row.cells))
      cells.set(`${entry}.${number}.${place.flat().join('.')}`, cell);
  }
}

type Faulty = {
  counts: { asked: number; answered: number };
  elsewhere: Socket;
  port: number;
  fault(): AgentFault;
  after: AgentOptions['after'];
};

/** A socket between the agent and the network that binds to its own port and does what the fault says. */
function faultySocket({ counts, elsewhere, port: own, fault, after }: Faulty): Socket {
  const socket = createSocket('udp4');
  const emit = socket.emit.bind(socket) as (event: string, ...rest: unknown[]) => boolean;
  const bind = socket.bind.bind(socket) as (port: number, address: string) => Socket;
  const send = socket.send.bind(socket) as (bytes: Buffer, port: number, address: string) => void;
  const changed = {
    emit(event: string, ...rest: unknown[]): boolean {
      if (event === 'message') {
        if (fault().kind === 'silent') return true;
        counts.asked += 1;
      }
      return emit(event, ...rest);
    },
    bind: (_port: number, address: string) => bind(own, address),
    send(bytes: Buffer, _offset: number, _length: number, port: number, address: string): void {
      const now = fault();
      if (now.kind === 'silent' || now.kind === 'mute') return;
      counts.answered += 1;
      if (now.kind === 'elsewhere') elsewhere.send(bytes, port, address);
      else if (now.kind === 'wrong') send(now.change(Buffer.from(bytes)), port, address);
      else if (now.kind === 'late') after(now.ms, () => send(bytes, port, address));
      else send(bytes, port, address);
    },
  };
  return Object.assign(socket, changed) as unknown as Socket;
}
