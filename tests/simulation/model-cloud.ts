import { type AppendResult, type Batch, decodeBatch, type Lane, type NewLogEntry } from '@tocsin/contracts';

/** The promises of the port `Log`, kept in memory: one mark for each (site, epoch, lane), rows that follow it, nothing twice. */
export type ModelCloud = {
  append(entry: NewLogEntry): AppendResult;
  /** A copy of everything stored, as a backup would have it. */
  backUp(): unknown;
  restore(backup: unknown): void;
  /** Every stored batch of a site, in order of storing. */
  stored(site: string): Batch[];
  conflicts: number;
  duplicates: number;
  early: number;
};

type Disk = { marks: Map<string, number>; bodies: Map<string, Uint8Array>; order: string[] };

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

export function createModelCloud(): ModelCloud {
  let disk: Disk = { marks: new Map(), bodies: new Map(), order: [] };
  const copy = ({ marks, bodies, order }: Disk): Disk => ({
    marks: new Map(marks),
    bodies: new Map(bodies),
    order: [...order],
  });
  const cloud: ModelCloud = {
    conflicts: 0,
    duplicates: 0,
    early: 0,
    append({ site, epoch, lane, seq, body }) {
      const name = `${site} ${epoch} ${lane}`;
      const mark = disk.marks.get(name) ?? 0;
      if (seq <= mark) {
        const known = same(disk.bodies.get(`${name} ${seq}`)!, body);
        cloud[known ? 'duplicates' : 'conflicts'] += 1;
        return { outcome: known ? 'duplicate' : 'conflict', storedThrough: mark };
      }
      if (seq > mark + 1) {
        cloud.early += 1;
        return { outcome: 'early', storedThrough: mark };
      }
      disk.marks.set(name, seq);
      disk.bodies.set(`${name} ${seq}`, body);
      disk.order.push(`${name} ${seq}`);
      return { outcome: 'stored', storedThrough: seq };
    },
    backUp: () => copy(disk),
    restore(backup) {
      disk = copy(backup as Disk);
    },
    stored: (site) =>
      disk.order
        .filter((name) => name.startsWith(`${site} `))
        .map((name) => {
          const { batch, badEvents } = decodeBatch(disk.bodies.get(name)!);
          if (badEvents.length > 0) throw new Error(`${name} holds events that break their contract.`);
          const [, epoch, lane, seq] = name.split(' ');
          if (batch.epoch !== epoch || batch.lane !== (lane as Lane) || batch.seq !== Number(seq))
            throw new Error(`${name} carries another number: ${batch.epoch} ${batch.lane} ${batch.seq}.`);
          return batch;
        }),
  };
  return cloud;
}
