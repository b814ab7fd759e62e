import { crossingPlan, type RunningController, serveController, serveOutstation } from '@tocsin/simulators/controller';
import { oneOf, type Simulated, wholeNumber } from './words.ts';

const onOff = ['on', 'off'] as const;

/** Serves a signal controller of a crossing on loopback, with its conflict monitor; phase 4 has vehicles, phase 2 pedestrians. */
export async function simulateController(options: {
  port: number;
  dialect: 'ntcip-1202' | 'ug405';
}): Promise<Simulated> {
  const { port, dialect } = options;
  const served = dialect === 'ug405' ? await serveOutstation({ port }) : await serveController({ port });
  const said =
    dialect === 'ug405' ? 'UG405 outstation J00001, community UTMC' : 'NTCIP 1202, communities public and private';
  return {
    where: `SNMP v1 at 127.0.0.1:${served.port} (UDP), ${said}`,
    look: () => lookAt(served),
    deeds: {
      press: {
        usage: 'press PHASE',
        says: 'Somebody presses the button of the phase (2).',
        run: ([phase]) => served.tell({ kind: 'press', phase: wholeNumber(phase, 24) }),
      },
      preempt: {
        usage: 'preempt on|off',
        says: 'A fire engine comes.',
        run: ([on]) => served.tell({ kind: 'preempt', on: oneOf(on, onOff) === 'on' }),
      },
      backup: {
        usage: 'backup MS',
        says: 'Sets unitBackupTime; 0 switches it off.',
        run: ([ms]) => served.tell({ kind: 'backupTime', ms: wholeNumber(ms, 65_535_000) }),
      },
      reboot: { usage: 'reboot', says: 'It forgets everything.', run: () => served.tell({ kind: 'reboot' }) },
      fault: {
        usage: 'fault none|silent|mute|elsewhere|late MS',
        says: 'Dead, deeds without answers, answers from elsewhere or late.',
        run([fault, ms]) {
          const kind = oneOf(fault, ['none', 'silent', 'mute', 'elsewhere', 'late']);
          served.fail(kind === 'late' ? { kind, ms: wholeNumber(ms, 600_000) } : { kind });
        },
      },
    },
    stop: () => served.stop(),
  };
}

/** Its signals, what is asked of it, and what its monitor shouts. */
function lookAt(served: RunningController): Record<string, unknown> {
  const { index, interval, registers, backup } = served.state();
  const shouts = served.shouts();
  return {
    phase: crossingPlan.ring[index]!.number,
    interval,
    hold: registers.hold,
    call: registers.call,
    forgotten: backup,
    shouts: shouts.length,
    ...(shouts.length === 0 ? {} : { shout: shouts.at(-1)!.what }),
  };
}
