import { type ExecFileException, execFile } from 'node:child_process';

/** Where libgpiod's tools changed their words. */
export type Version = 1 | 2;

/** A line as the site file names it. */
export type Line = {
  chip?: string;
  line: number | string;
  activeLow?: boolean;
  bias?: 'pull-up' | 'pull-down' | 'disable';
};

export type Outcome = { ok: true; text: string } | { ok: false; why: string };

/** No tool of libgpiod that answers at all takes longer; slower is a kernel that hangs. */
const runMsMax = 1_000;
const outputBytesMax = 4_096;

/** Only what a program needs to be found: the secrets in this one's environment are none of its business. */
export function toolEnvironment(): { PATH: string; LC_ALL: string } {
  return { PATH: process.env.PATH ?? '', LC_ALL: 'C' };
}

/** Runs a tool to its end, without a shell; never rejects. */
export function run(program: string, args: readonly string[]): Promise<Outcome> {
  const options = {
    env: toolEnvironment(),
    timeout: runMsMax,
    killSignal: 'SIGKILL',
    maxBuffer: outputBytesMax,
  } as const;
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve({ ok: true, text: stdout.trim() });
      resolve({ ok: false, why: whyNot(program, error, stderr) });
    });
  });
}

function whyNot(program: string, error: ExecFileException, stderr: string): string {
  if ((error.code as unknown) === 'ENOENT') return `${program} is not installed (Debian: sudo apt-get install gpiod)`;
  if (error.killed === true) return `${program} did not end within ${runMsMax} ms`;
  return saidBy(stderr) ?? `${program} failed`;
}

/** The first line a tool wrote, as one that can be shown; undefined when it wrote nothing. */
export function saidBy(stderr: string): string | undefined {
  const [first = ''] = stderr.trim().split('\n');
  const plain = first.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 160);
  return plain === '' ? undefined : plain;
}

/** Asks which libgpiod is there. */
export async function findVersion(): Promise<{ version: Version } | { why: string }> {
  const said = await run('gpioset', ['--version']);
  if (!said.ok) return said;
  const major = /\(libgpiod\) v?(\d{1,3})\./.exec(said.text)?.[1];
  if (major === '1' || major === '2') return { version: major === '1' ? 1 : 2 };
  return { why: `gpioset is of no version that is known here (libgpiod 1 or 2)` };
}

/** Finds a line that is given by name: the tools of version 1 take only chip and offset. */
export async function locate(version: Version, line: Line): Promise<{ line: Line } | { why: string }> {
  if (version === 2 || typeof line.line === 'number') return { line };
  const found = await run('gpiofind', [line.line]);
  const [, chip, offset] = (found.ok && /^(gpiochip\d{1,3}) (\d{1,4})$/.exec(found.text)) || [];
  if (chip === undefined) return { why: found.ok || !/installed/.test(found.why) ? unknown(line) : found.why };
  return { line: { ...line, chip, line: Number(offset) } };
}

function unknown({ line }: Line): string {
  return `no GPIO line is called ${line}`;
}

function flags(version: Version, { activeLow = false, bias }: Line): string[] {
  const resistor = bias === 'disable' && version === 2 ? 'disabled' : bias;
  return [...(activeLow ? ['--active-low'] : []), ...(bias === undefined ? [] : [`--bias=${resistor}`])];
}

function chipOf(version: Version, { chip }: Line): string[] {
  if (chip === undefined) return [];
  return version === 1 ? [chip] : ['--chip', chip];
}

/** Arguments of a gpioset that drives the line until it is killed; `LINE=VALUE` comes last. */
export function setArguments(version: Version, line: Line): string[] {
  const mode = version === 1 ? ['--mode=signal'] : [];
  return [...mode, ...flags(version, line), ...chipOf(version, line)];
}

/** Arguments of a gpioget that writes 0 or 1. */
export function getArguments(version: Version, line: Line): string[] {
  const numeric = version === 2 ? ['--numeric'] : [];
  return [...numeric, ...flags(version, line), ...chipOf(version, line), String(line.line)];
}
