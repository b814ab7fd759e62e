import { parseArgs } from 'node:util';
import { type Machine, machine } from './machine.ts';

/** One promise and what was measured; `met` is missing where nothing was promised. */
export type Claim = { what: string; measured: number; target?: string; met?: boolean };
export type Report = {
  bench: string;
  machine: Machine;
  quick: boolean;
  rows: object[];
  claims: Claim[];
  notes: string[];
};

/** The switches of a bench; `--svg=FOLDER` is for those that draw. */
export function benchArguments(): { quick: boolean; json: boolean; svg?: string } {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, svg: { type: 'string' } },
  });
  return { quick: values.quick === true, json: values.json === true, svg: values.svg };
}

/** A line of progress on standard error, so that standard output holds results only. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Prints machine, table, claims and notes; with `json` one JSON object as the last line. */
export function printReport(report: Omit<Report, 'machine'>, json: boolean): void {
  const whole: Report = { ...report, machine: machine() };
  const { cpu, cores, memoryGib, kernel, node, at } = whole.machine;
  console.log(
    `${report.bench}${report.quick ? ' (quick)' : ''}: ${cores} × ${cpu}, ${memoryGib} GiB, ${kernel}, Node ${node}, ${at}`,
  );
  console.table(report.rows);
  for (const { what, measured, target, met } of report.claims) {
    const verdict = met === undefined ? '' : met ? ' met' : ' MISSED';
    console.log(`${what}: ${measured}${target ? ` (target ${target})` : ''}${verdict}`);
  }
  for (const note of report.notes) console.log(note);
  if (json) console.log(JSON.stringify(whole));
}
