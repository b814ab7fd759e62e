import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Fault, systemClock } from '@tocsin/contracts';
import { descriptorOf } from '@tocsin/edge-agent';
import { formatProblems, loadSite, type Site } from '@tocsin/edge-agent/site';
import { openGateway } from '../actuator/gateway.ts';
import { walkProofTest } from '../actuator/proof-test.ts';
import { commandLineActor } from '../cloud/state-ledger.ts';
import { type CliCommand, numberOption } from '../command.ts';
import { createLogger } from '../logger.ts';
import { version } from '../version.ts';

const usage = 'tocsin actuator test SITE.yaml DEVICE [--action A] [--live [--arm]]';

/** The act to test: the named one, or the first that is not rest. Throws ARGUMENT_INVALID. */
function actionOf(site: Site, device: string, named: string | undefined): string {
  const actuator = site.actuators.find(({ id }) => id === device);
  const known = site.actuators.map(({ id }) => id).join(', ');
  if (actuator === undefined)
    throw new Fault('ARGUMENT_INVALID', `There is no actuator ${device}.`, {
      remedy: `Known are: ${known || 'none'}.`,
    });
  const told = descriptorOf(site, version).actuators.find((one) => one.actuator === device);
  const actions = (told?.actions ?? []).filter((action) => action !== actuator.rest);
  const action = named ?? actions[0];
  if (action !== undefined && actions.includes(action)) return action;
  throw new Fault('ARGUMENT_INVALID', `${device} cannot be tested with ${action}.`, {
    remedy: `It can: ${actions.join(', ')}.`,
  });
}

export const actuator: CliCommand = {
  name: 'actuator',
  usage,
  example: 'tocsin actuator test site.yaml siren\ntocsin actuator test site.yaml siren --live --as "Ann Lee"',
  options: {
    action: { type: 'string' },
    live: { type: 'boolean' },
    arm: { type: 'boolean' },
    as: { type: 'string' },
    second: { type: 'string' },
    listen: { type: 'string' },
    data: { type: 'string' },
  },
  help: {
    action: { value: 'A', says: 'The act to test; default: the first that is not rest.' },
    live: { says: 'Move the device, after you typed its name. Without it nothing moves.' },
    arm: { says: 'Arm the device for the length of the test.' },
    as: { value: 'NAME', says: 'Who tests, as the record names them; default: the user of this machine.' },
    second: { value: 'NAME', says: 'The second person, where the site file asks for two.' },
    listen: { value: 'S', says: 'Seconds in which devices may speak first; default 10.' },
    data: { value: 'DIR', says: 'The data directory of the gateway, where it is not the site file’s.' },
  },
  async run({ args, options, io }) {
    const [act, given, device, ...more] = args;
    if (act !== 'test' || given === undefined || device === undefined || more.length > 0)
      throw new Fault('ARGUMENT_INVALID', 'Say which device of which site to test.', { remedy: `Usage: ${usage}` });
    const file = resolve(io.cwd, given);
    const loaded = loadSite(file);
    if (!loaded.ok) {
      io.err(`${formatProblems(loaded.problems)}\n`);
      return 2;
    }
    const site =
      options.data === undefined ? loaded.site : { ...loaded.site, dataDir: resolve(io.cwd, String(options.data)) };
    const action = actionOf(site, device, options.action as string | undefined);
    const live = options.live === true;
    if (live && site.mode !== 'live')
      throw new Fault('ARGUMENT_INVALID', `Site ${site.site} is in ${site.mode} mode, in which nothing ever moves.`, {
        remedy: 'Test without --live, or set mode: live in the site file.',
      });
    if (live && !process.stdin.isTTY)
      throw new Fault('ARGUMENT_INVALID', 'A live test needs a person at a terminal.', {
        remedy: 'Run it by hand, on site.',
      });
    const clock = systemClock;
    const logger = createLogger(`actuator:${site.site}`, 'error');
    const gateway = await openGateway({ site, file, env: io.env, clock, logger });
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    // Ctrl-C and Ctrl-D end the questions, so that the gateway is stopped in order and lets go of what is held.
    const stopped = new AbortController();
    lines.on('SIGINT', () => stopped.abort());
    lines.on('close', () => stopped.abort());
    try {
      const good = await walkProofTest({
        ...{ site, device, action, live, arm: options.arm === true, gateway, clock },
        by: (options.as as string | undefined) ?? commandLineActor(),
        ...(options.second === undefined ? {} : { second: String(options.second) }),
        listenMs: (numberOption(options, 'listen') ?? 10) * 1000,
        say: (line) => io.out(`${line}\n`),
        ask: (question) => lines.question(question, { signal: stopped.signal }),
      });
      return good ? 0 : 1;
    } catch (error) {
      if (!stopped.signal.aborted) throw error;
      io.err('Stopped. No proof test is recorded.\n');
      return 1;
    } finally {
      lines.close();
      await gateway.stop();
    }
  },
};
