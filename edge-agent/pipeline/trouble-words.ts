import type { AlertClass, Severity } from '@tocsin/contracts';
import type { TroubleName as PlanTroubleName } from '../actuators/plan/plan.ts';
import type { DeviceTrouble } from '../actuators/types.ts';
import type { TroubleKind } from '../sensors/validation/types.ts';

/** What a dispatcher reads of a trouble of the system itself. */
export type TroubleWords = { event: string; class: AlertClass; severity: Severity; advice: string };

/** Names of the troubles the validator tells of, as rules of alert keys. */
export const sensorTroubles: Record<TroubleKind, TroubleName> = {
  noData: 'no-data',
  stuck: 'stuck',
  range: 'range',
  spikes: 'spikes',
  clock: 'clock',
  refused: 'refused',
  flood: 'flood',
  clockJump: 'clock-jump',
};

/**
 * Every trouble that the pipeline itself raises: `site/<name>/<device or actuator>`. These names are taken, no rule of a site
 * file may have one of them as its id.
 */
export const troubleWords = {
  'no-data': {
    event: 'Blind: data are missing',
    class: 'trouble',
    severity: 'Moderate',
    advice: 'Check the sensor, its power and its link. Until data come, nothing is guarded there.',
  },
  stuck: {
    event: 'A sensor repeats itself',
    class: 'trouble',
    severity: 'Minor',
    advice: 'Check the sensor. A value that never moves is not a measurement.',
  },
  range: {
    event: 'A sensor sends impossible values',
    class: 'trouble',
    severity: 'Minor',
    advice: 'Check the sensor, its wiring and its unit. Impossible values are stored and not used.',
  },
  spikes: {
    event: 'A sensor sends spikes',
    class: 'trouble',
    severity: 'Minor',
    advice: 'Check wiring and supply of the sensor. Spikes are stored and not used.',
  },
  clock: {
    event: 'The clock of a device is not believed',
    class: 'trouble',
    severity: 'Minor',
    advice: 'Set the clock of the device. Until then the time of arrival counts.',
  },
  refused: {
    event: 'Much of what a device sends is refused',
    class: 'trouble',
    severity: 'Minor',
    advice: 'Look at the refused samples and correct the device or its entry in the site file.',
  },
  flood: {
    event: 'A device sends more than can be right',
    class: 'trouble',
    severity: 'Minor',
    advice: 'Check the device. What exceeds its rate is refused and counted.',
  },
  'clock-jump': {
    event: 'The clock of the gateway jumped',
    class: 'trouble',
    severity: 'Moderate',
    advice: 'Check the time source of the gateway.',
  },
  unverified: {
    event: 'An actuator did not confirm its order',
    class: 'trouble',
    severity: 'Severe',
    advice: 'Treat the act as not done. Send somebody to look, and operate it by hand if needed.',
  },
  disagreement: {
    event: 'An actuator is not in the state it was ordered to',
    class: 'trouble',
    severity: 'Severe',
    advice: 'Somebody or something else moved it. Find out who before ordering again.',
  },
  interlock: {
    event: 'An act was refused by a guard',
    class: 'supervisory',
    severity: 'Severe',
    advice: 'The act is done as soon as it is allowed. If it cannot wait, act by hand on site.',
  },
  'hold-max': {
    event: 'An actuator reached its longest hold',
    class: 'supervisory',
    severity: 'Moderate',
    advice: 'The cause lasts, but the hold ended. Decide whether somebody has to act on site.',
  },
  'act-limit': {
    event: 'More acts are asked for than may be done at once',
    class: 'supervisory',
    severity: 'Severe',
    advice:
      'The others follow in stages. If the rule is wrong, end its alerts; if an act cannot wait, order it with a reason.',
  },
  disarmed: {
    event: 'An actuator is disarmed',
    class: 'supervisory',
    severity: 'Minor',
    advice: 'It decides and records, and moves nothing. Arm it, or have somebody on site.',
  },
  bypass: {
    event: 'An actuator is out of service',
    class: 'trouble',
    severity: 'Moderate',
    advice: 'Rules cannot use it until the bypass ends. Return it to service as soon as the work is done.',
  },
  'proof-test': {
    event: 'An actuator is not proven to work',
    class: 'trouble',
    severity: 'Minor',
    advice: 'Test it on site with tocsin actuator test, or order a proof test with its result.',
  },
  'actuator-no-data': {
    event: 'An actuator does not say how it stands',
    class: 'trouble',
    severity: 'Moderate',
    advice: 'Check its power and its link. Whether it still obeys is not known.',
  },
  'actuator-unreachable': {
    event: 'An actuator cannot be reached',
    class: 'trouble',
    severity: 'Severe',
    advice: 'Check its power and its link. Until it answers it can only be operated by hand, on site.',
  },
  'actuator-watchdog': {
    event: 'An actuator would not let go by itself',
    class: 'trouble',
    severity: 'Severe',
    advice: 'Switch on its watchdog or auto-off. Until then nothing is asked of it that it would have to let go.',
  },
  'orders-refused': {
    event: 'Orders to this gateway were refused',
    class: 'supervisory',
    severity: 'Severe',
    advice: 'Nothing moved. Find out who sends them: look at the broker, its users and the keys of the cloud.',
  },
  'camera-no-picture': {
    event: 'A camera gives no pictures',
    class: 'trouble',
    severity: 'Moderate',
    advice: 'Check the camera, its power and its link. Until pictures come, nothing is seen there.',
  },
  'camera-frozen': {
    event: 'The picture of a camera stands still',
    class: 'trouble',
    severity: 'Moderate',
    advice: 'Restart the camera. A picture that never changes shows nothing of what happens now.',
  },
  'camera-black': {
    event: 'The picture of a camera is black',
    class: 'trouble',
    severity: 'Moderate',
    advice: 'Check the camera and its light. Nothing is seen there.',
  },
  'camera-over-exposed': {
    event: 'The picture of a camera is washed out by light',
    class: 'trouble',
    severity: 'Minor',
    advice: 'Look for low sun or a lamp in the picture; shade or turn the camera.',
  },
  'camera-blurred': {
    event: 'The picture of a camera is blurred',
    class: 'trouble',
    severity: 'Minor',
    advice: 'Clean the lens and focus it. People far away may be missed.',
  },
  'camera-covered': {
    event: 'The lens of a camera is covered',
    class: 'trouble',
    severity: 'Moderate',
    advice: 'Send somebody to look: a bag, spray or a hand before the lens. Nothing is seen there.',
  },
  'camera-moved': {
    event: 'A camera looks elsewhere than it did',
    class: 'trouble',
    severity: 'Moderate',
    advice: 'Turn it back, or calibrate it anew. Until then its metres are wrong and nobody is counted.',
  },
  'camera-uncalibrated': {
    event: 'A camera cannot place anybody on the ground',
    class: 'trouble',
    severity: 'Moderate',
    advice:
      'Calibrate it (tocsin camera calibrate), with pictures of the shape it gives now. Until then nobody is counted.',
  },
  'camera-too-dark': {
    event: 'It is too dark for a camera',
    class: 'trouble',
    severity: 'Minor',
    advice: 'Switch on or mend the light. In the dark people are not seen reliably, so nobody is counted.',
  },
  'camera-slow': {
    event: 'A camera gives too few pictures',
    class: 'trouble',
    severity: 'Minor',
    advice: 'Check the link and the load of the gateway. People cannot be followed with so few pictures.',
  },
  'vision-failed': {
    event: 'The eyes of the gateway do not work',
    class: 'trouble',
    severity: 'Moderate',
    advice: 'Check the model with tocsin model check. Until it answers, nobody is seen and rules fall back.',
  },
} as const satisfies Record<string, TroubleWords>;
export type TroubleName = keyof typeof troubleWords;

/** Every trouble of the command plan has its words here. */
export const planTroubles: Record<PlanTroubleName, TroubleName> = {
  unverified: 'unverified',
  disagreement: 'disagreement',
  interlock: 'interlock',
  'hold-max': 'hold-max',
  limit: 'act-limit',
  disarmed: 'disarmed',
  bypass: 'bypass',
  'proof-test': 'proof-test',
  silent: 'actuator-no-data',
};

/** Troubles that the eyes and the supervision of cameras tell of. */
export type CameraTrouble = Extract<TroubleName, `camera-${string}` | `vision-${string}`>;
/** Troubles that a camera, an actuator's driver or the link to the cloud tells of itself. */
export type OwnTrouble = CameraTrouble | `actuator-${DeviceTrouble}` | 'orders-refused';
