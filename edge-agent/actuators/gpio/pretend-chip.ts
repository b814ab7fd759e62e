import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/**
 * A GPIO chip for tests: programs called gpioset, gpioget and gpiofind that take the arguments of libgpiod 1 or 2 and keep their lines in
 * files. As on a real chip one process at a time drives a line, and it is free when that process is gone; then it stays as it was
 * driven last, which is the harder of the two things that real chips do.
 */
export type PretendChip = {
  /** Value of PATH under which its programs are found first. */
  path: string;
  /** Level the line is driven to by a living process, in volts and not in meaning; undefined while it is free. */
  driven(line: number): 0 | 1 | undefined;
  /** Level of the line, driven or not; undefined before it was ever driven. */
  level(line: number): 0 | 1 | undefined;
  /** Process that drives the line. */
  pid(line: number): number | undefined;
  /** The contact on line `contact` is active while `line` is. */
  join(contact: number, line: number): void;
  /** What gpioget answers for a contact, whatever the truth is. */
  stick(contact: number, answer: string | undefined): void;
  /** The next gpioset or gpioget of a line fails with these words. */
  refuse(line: number, words: string | undefined): void;
  /** Every call so far, as a line each. */
  calls(): string[];
  remove(): void;
};

const common = (directory: string, version: string) => `#!/bin/sh
dir='${directory}'
[ "$1" = --version ] && { echo "gpioset (libgpiod) ${version}"; exit 0; }
echo "$(basename "$0") $*" >> "$dir/calls"
invert=0
for word; do [ "$word" = --active-low ] && invert=1; last=$word; done
line=\${last%%=*}
[ -e "$dir/refuse-$line" ] && { cat "$dir/refuse-$line" >&2; exit 1; }
`;
const setting = `value=\${last#*=}
[ "$invert" = 1 ] && value=$((1 - value))
if grep -q sleep "/proc/$(cat "$dir/pid-$line" 2>/dev/null)/cmdline" 2>/dev/null; then
  echo 'gpioset: error setting the GPIO line values: Device or resource busy' >&2
  exit 1
fi
echo "$value" > "$dir/new-$line" && mv "$dir/new-$line" "$dir/value-$line"
echo $$ > "$dir/new-$line" && mv "$dir/new-$line" "$dir/pid-$line"
exec sleep 300
`;
const getting = `[ -e "$dir/stick-$line" ] && { answer=$(cat "$dir/stick-$line"); [ "$answer" = hang ] && exec sleep 300; echo "$answer"; exit 0; }
value=$(cat "$dir/value-$(cat "$dir/join-$line" 2>/dev/null || echo "$line")" 2>/dev/null || echo 0)
[ "$invert" = 1 ] && value=$((1 - value))
echo "$value"
`;
const finding = `case $line in RELAY) echo 'gpiochip0 17' ;; CONTACT) echo 'gpiochip0 27' ;; *) exit 1 ;; esac
`;

/** Makes a chip whose tools are of that version. */
export function createPretendChip(version = 'v1.6.3'): PretendChip {
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-gpio-'));
  for (const [name, rest] of [
    ['gpioset', setting],
    ['gpioget', getting],
    ['gpiofind', finding],
  ] as const) {
    writeFileSync(join(directory, name), common(directory, version) + rest);
    chmodSync(join(directory, name), 0o755);
  }
  const read = (name: string): string | undefined => {
    try {
      return readFileSync(join(directory, name), 'utf8').trim();
    } catch {
      return undefined;
    }
  };
  const write = (name: string, text: string | undefined) => {
    if (text === undefined) rmSync(join(directory, name), { force: true });
    else writeFileSync(join(directory, name), text);
  };
  const levelOf = (line: number) => {
    const text = read(`value-${line}`);
    return text === '0' ? 0 : text === '1' ? 1 : undefined;
  };
  const pidOf = (line: number) => {
    const pid = read(`pid-${line}`);
    if (pid === undefined || pid === '') return undefined;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('sleep') ? Number(pid) : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    path: `${directory}${delimiter}${process.env.PATH ?? ''}`,
    driven: (line) => (pidOf(line) === undefined ? undefined : levelOf(line)),
    level: levelOf,
    pid: pidOf,
    join: (contact, line) => write(`join-${contact}`, String(line)),
    stick: (contact, answer) => write(`stick-${contact}`, answer),
    refuse: (line, words) => write(`refuse-${line}`, words),
    calls: () => read('calls')?.split('\n') ?? [],
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
