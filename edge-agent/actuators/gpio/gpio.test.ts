import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { Check } from 'typebox/value';
import { afterEach, describe, expect, test } from 'vitest';
import { orderOf, rulesOf } from '../plan/story.ts';
import { pretendHost } from '../pretend-host.ts';
import { GpioActuator } from './config.ts';
import { gpio } from './gpio.ts';
import { createPretendChip, type PretendChip } from './pretend-chip.ts';
import { getArguments, locate, saidBy, setArguments } from './tools.ts';

const entry = {
  id: 'siren',
  driver: 'gpio',
  rest: 'off',
  onSilence: 'off',
  chip: 'gpiochip0',
  line: 17,
  feedback: { chip: 'gpiochip0', line: 27, everyMs: 100 },
};
const given = (more: object = {}) => ({ ...rulesOf().actuator, ...entry, ...more });

const pathBefore = process.env.PATH;
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
  process.env.PATH = pathBefore;
});

function chipOf(version?: string): PretendChip {
  const chip = createPretendChip(version);
  chip.join(27, 17);
  process.env.PATH = chip.path;
  undo.push(chip.remove);
  return chip;
}

/** Looks again and again until it is so; the states of other processes tell nobody when they change. */
async function until(what: string, seen: () => boolean, withinMs = 5_000): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (!seen()) {
    if (performance.now() > untilMs) throw new Error(`${what} did not happen within ${withinMs} ms.`);
    await wait(5);
  }
}

function opened(more: object = {}) {
  const { host, said } = pretendHost({ random: () => 0.01 });
  const driver = gpio.open(given(more), host);
  undo.push(() => driver.stop!());
  driver.start!();
  let number = 0;
  const send = (action: string, leaseMs?: number) => {
    number += 1;
    driver.send({ ...orderOf({ id: `o.${number}`, action }, 0), leaseMs });
  };
  const heard = () => said.readBacks.at(-1)?.[0];
  return { driver, said, send, heard };
}

describe('configuration', () => {
  test.each<[string, object, boolean]>([
    ['a chip with an offset', {}, true],
    ['a line by its name', { chip: undefined, line: 'GPIO17' }, true],
    ['an option in the place of a chip', { chip: '--version' }, false],
    ['an option in the place of a line', { line: '-h' }, false],
    ['a value behind a line', { line: 'GPIO17=1' }, false],
    ['a path', { chip: '/dev/sda' }, false],
    ['no feedback', { feedback: undefined }, false],
    ['an unknown field', { invert: true }, false],
  ])('%s fits the schema: %s', (_, more, fits) => {
    expect(Check(GpioActuator, JSON.parse(JSON.stringify({ ...entry, ...more })))).toBe(fits);
  });

  test.each<[string, object, RegExp]>([
    ['the words are one', { energised: 'off' }, /both called off/],
    ['rest is no action', { rest: 'away' }, /rest is away/],
    ['rest is irreversible', { irreversible: ['off'] }, /cannot be irreversible/],
    ['an offset has no chip', { chip: undefined }, /^\/line: an offset needs its chip/],
    ['a name has a chip', { feedback: { chip: 'gpiochip0', line: 'CONTACT' } }, /^\/feedback\/chip: /],
    ['the line is its own feedback', { feedback: { chip: 'gpiochip0', line: 17 } }, /proves nothing/],
    ['an act for ever would end with the agent', { irreversible: ['on'] }, /ends with the agent/],
    ['a pulse would be given again and again', { pulseMs: 100 }, /at each renewal/],
    ['a line that is active at rest has a pulse', { rest: 'on', pulseMs: 100 }, /has no pulse/],
  ])('it says so when %s', (_, more, message) => {
    expect(gpio.check!(given(more)).some((text) => message.test(text))).toBe(true);
  });

  test.each<[string, object]>([
    ['a siren', {}],
    ['a supply that is cut by letting go', { rest: 'on', irreversible: ['off'] }],
    ['a shunt trip', { irreversible: ['on'], pulseMs: 200 }],
  ])('%s has no mistake', (_, more) => {
    expect(gpio.check!(given(more))).toEqual([]);
  });
});

describe('the words of libgpiod', () => {
  const line = { chip: 'gpiochip1', line: 5, activeLow: true, bias: 'disable' } as const;
  test('version 1 names the chip in its place and is told to wait for a signal', () => {
    expect(setArguments(1, line)).toEqual(['--mode=signal', '--active-low', '--bias=disable', 'gpiochip1']);
    expect(getArguments(1, line)).toEqual(['--active-low', '--bias=disable', 'gpiochip1', '5']);
  });

  test('version 2 names the chip by an option, and a line by its name alone', () => {
    expect(setArguments(2, line)).toEqual(['--active-low', '--bias=disabled', '--chip', 'gpiochip1']);
    expect(getArguments(2, { line: 'GPIO5' })).toEqual(['--numeric', 'GPIO5']);
  });

  test('names are looked up for version 1 only, and an unknown one is said', async () => {
    chipOf();
    expect(await locate(1, { line: 'RELAY' })).toEqual({ line: { chip: 'gpiochip0', line: 17 } });
    expect(await locate(1, { line: 'NOBODY' })).toEqual({ why: 'no GPIO line is called NOBODY' });
    expect(await locate(2, { line: 'NOBODY' })).toEqual({ line: { line: 'NOBODY' } });
  });

  test('what a tool writes is shown as one plain line', () => {
    expect(saidBy('\u001b[31mgpioset: no\nmore')).toBe('?[31mgpioset: no');
    expect(saidBy(' \n')).toBeUndefined();
  });
});

describe.each(['v1.6.3', 'v2.1.3'])('a line through libgpiod %s', (version) => {
  test('it is claimed inactive, driven on order, kept by renewals without a gap, and released on order', async () => {
    const chip = chipOf(version);
    const { send, heard, said } = opened();
    await until('the claim', () => chip.driven(17) === 0 && heard() === 'off');
    send('on', 5_000);
    await until('the act', () => chip.driven(17) === 1 && heard() === 'on');
    const pid = chip.pid(17);
    for (let i = 0; i < 5; i += 1) send('on', 5_000);
    send('off');
    await until('the release', () => chip.driven(17) === 0 && heard() === 'off', 2_000);
    expect(pid).toBeDefined();
    expect(chip.calls().filter((call) => call.endsWith('17=1')).length).toBe(1);
    expect(said.troubles).toEqual({});
    expect(said.failed).toEqual([]);
  });
});

describe('a hold', () => {
  test('that nobody renews ends by itself, while the agent lives', async () => {
    const chip = chipOf();
    const { send, heard, said } = opened();
    await until('the claim', () => heard() === 'off');
    send('on', 600);
    await until('the act', () => heard() === 'on');
    await until('the end', () => chip.driven(17) === 0 && heard() === 'off', 2_000);
    expect(said.troubles).toEqual({});
  });

  test('of a line that is active low drives the low level', async () => {
    const chip = chipOf();
    const { send } = opened({ activeLow: true, feedback: { ...entry.feedback, activeLow: true } });
    await until('the claim', () => chip.driven(17) === 1);
    send('on', 5_000);
    await until('the act', () => chip.driven(17) === 0);
  });

  test('of a coil is a pulse, and no renewal prolongs it', async () => {
    const chip = chipOf();
    const { send } = opened({ irreversible: ['on'], pulseMs: 250 });
    await until('the claim', () => chip.driven(17) === 0);
    chip.stick(27, '1');
    send('on');
    await until('the pulse', () => chip.driven(17) === 1);
    await until('its end', () => chip.driven(17) === 0, 1_500);
  });

  test('ends when the agent stops, and nothing of it is left', async () => {
    const chip = chipOf();
    const { driver, send } = opened();
    await until('the claim', () => chip.driven(17) === 0);
    send('on', 60_000);
    await until('the act', () => chip.driven(17) === 1);
    const startedMs = performance.now();
    await driver.stop!();
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect([chip.driven(17), chip.level(17)]).toEqual([undefined, 0]);
  });

  test('with rest on the active line needs an order first, and is then kept for as long as the agent lives', async () => {
    const chip = chipOf();
    const { driver, send } = opened({ rest: 'on', leaseMs: 500 });
    await until('a first reading', () => chip.calls().some((call) => call.startsWith('gpioget')));
    expect(chip.driven(17)).toBeUndefined();
    send('on');
    await until('the act', () => chip.driven(17) === 1);
    const pid = chip.pid(17);
    await wait(1_200);
    expect(chip.pid(17)).toBe(pid);
    await driver.stop!();
    expect([chip.driven(17), chip.level(17)]).toEqual([undefined, 0]);
  });
});

describe('what a device does wrong', () => {
  test('a line that somebody else drives: the order failed, and the trouble is over when the line is free', async () => {
    const chip = chipOf();
    const { send, said } = opened();
    await until('the claim', () => chip.driven(17) === 0);
    chip.refuse(17, 'gpioset: error setting the GPIO line values: Device or resource busy\n');
    send('on', 5_000);
    await until('the failure', () => said.failed.length > 0);
    expect(said.failed[0]).toEqual(['o.1', 'gpioset: error setting the GPIO line values: Device or resource busy']);
    expect(said.troubles.unreachable).toMatch(/^the line is not driven: gpioset: .*busy$/);
    chip.refuse(17, undefined);
    await until('the claim', () => chip.driven(17) === 0 && said.troubles.unreachable === undefined);
    expect(said.readBacks.some(([state]) => state === 'on')).toBe(false);
  });

  test.each<[string, (chip: PretendChip) => void]>([
    ['the process that drives the line', (chip) => process.kill(chip.pid(17)!, 'SIGKILL')],
    ['the keeper of that process', (chip) => process.kill(parentOf(chip.pid(17)!), 'SIGKILL')],
  ])('%s dies: the hold is over, it is said, and the line is claimed as inactive', async (_, kill) => {
    const chip = chipOf();
    const { send, heard, said } = opened();
    await until('the claim', () => heard() === 'off');
    const troubles: string[] = [];
    send('on', 60_000);
    await until('the act', () => heard() === 'on');
    kill(chip);
    await until('the trouble', () => {
      if (said.troubles.unreachable !== undefined) troubles.push(said.troubles.unreachable);
      return troubles.length > 0;
    });
    expect(troubles[0]).toMatch(/^the line is not driven: .* ended by itself$/);
    await until('the claim', () => chip.driven(17) === 0 && heard() === 'off');
    await until('the end of the trouble', () => said.troubles.unreachable === undefined);
    expect(said.failed).toEqual([]);
  });

  test.each<[string, string, RegExp]>([
    ['garbage', '"27"=active', /answers neither 0 nor 1/],
    ['nothing', '', /answers neither 0 nor 1/],
    ['no end', 'hang', /did not end within 1000 ms/],
  ])('a contact that gives %s confirms nothing and is a trouble until it can be read', async (_, answer, says) => {
    const chip = chipOf();
    const { send, heard, said } = opened();
    await until('a reading', () => heard() === 'off');
    chip.stick(27, answer);
    send('on', 60_000);
    await until('the trouble', () => says.test(said.troubles.unreachable ?? ''));
    expect(heard()).toBe('off');
    chip.stick(27, undefined);
    await until('the truth', () => heard() === 'on' && said.troubles.unreachable === undefined);
  });

  test('a contact that sticks is reported as it is, and never as it was ordered', async () => {
    const chip = chipOf();
    const { send, said, heard } = opened();
    await until('a reading', () => heard() === 'off');
    chip.stick(27, '0');
    const before = said.readBacks.length;
    send('on', 60_000);
    await until('the act, and a reading after it', () => chip.driven(17) === 1 && said.readBacks.length > before);
    expect(said.readBacks.map(([state]) => state)).not.toContain('on');
  });

  test('without the tools nothing is taken, and the way to them is said', async () => {
    const { send, said } = (() => {
      process.env.PATH = '/nowhere';
      return opened();
    })();
    await until('the trouble', () => said.troubles.unreachable !== undefined);
    expect(said.troubles.watchdog).toMatch(/^nothing would end a hold when the agent hangs: timeout is not installed/);
    expect(() => send('on', 5_000)).toThrow(/would end a hold/);
  });

  test('tools of a version that nobody knows are refused', async () => {
    chipOf('v3.0');
    const { send, said } = opened();
    await until('the trouble', () => /no version that is known/.test(said.troubles.unreachable ?? ''));
    expect(() => send('on', 5_000)).toThrow(/no version/);
  });
});

/** The process that started another one, from the kernel. */
function parentOf(pid: number): number {
  return Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
}

/** True while it runs; a process that nobody waited for yet has no command line. */
function lives(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

describe('an agent that is no longer there', () => {
  async function agent(more: object = {}) {
    const chip = chipOf();
    const child: ChildProcess = spawn(
      process.execPath,
      [join(import.meta.dirname, 'agent-process.ts'), JSON.stringify(given(more))],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    undo.push(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    });
    const said: string[] = [];
    createInterface({ input: child.stdout! }).on('line', (line) => void said.push(line));
    await until('the claim', () => chip.driven(17) === 0 && said.includes('["readBack","off"]'), 10_000);
    const send = (action: string, leaseMs: number) =>
      child.stdin!.write(`${JSON.stringify({ ...orderOf({ id: 'o.1', action }, 0), leaseMs })}\n`);
    return { chip, child, said, send };
  }

  test('stopped by SIGSTOP while it holds: the line is inactive when the lease is out, and driven so', async () => {
    const { chip, child, said, send } = await agent();
    send('on', 1_200);
    await until('the act', () => said.includes('["readBack","on"]'));
    child.kill('SIGSTOP');
    await until('the end of the hold', () => chip.driven(17) === 0, 3_000);
    const seen = said.length;
    child.kill('SIGCONT');
    await until('its own word', () => said.slice(seen).includes('["readBack","off"]'));
  });

  test('killed while it holds: the line is made inactive at once and freed, and nothing is left', async () => {
    const { chip, child, said, send } = await agent();
    send('on', 60_000);
    await until('the act', () => said.includes('["readBack","on"]'));
    const keeper = parentOf(chip.pid(17)!);
    child.kill('SIGKILL');
    await until('the end of the hold', () => chip.level(17) === 0, 2_000);
    await until('the end of everything', () => !lives(keeper), 2_000);
    expect(chip.driven(17)).toBeUndefined();
  });

  test('ended with everything of its service: the line is made inactive first', async () => {
    const { chip, child, said, send } = await agent();
    send('on', 60_000);
    await until('the act', () => said.includes('["readBack","on"]'));
    const keeper = parentOf(chip.pid(17)!);
    child.kill('SIGKILL');
    process.kill(-keeper, 'SIGTERM');
    await until('the end of everything', () => !lives(keeper), 3_000);
    expect([chip.level(17), chip.driven(17)]).toEqual([0, undefined]);
  });
});
