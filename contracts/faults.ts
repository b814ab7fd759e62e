export type FaultKind = 'config' | 'input' | 'transient' | 'permanent';

/**
 * Every way in which Tocsin can refuse or fail, in one table: who must act (`kind`), what it means (`says`)
 * and which HTTP status it becomes at the API. Bugs are assertions and are not listed here.
 */
export const faults = {
  SITE_FILE_INVALID: { kind: 'config', status: 400, says: 'The site file does not describe a site Tocsin can run.' },
  CLOUD_FILE_INVALID: { kind: 'config', status: 400, says: 'The cloud file does not describe a cloud Tocsin can run.' },
  ARGUMENT_INVALID: { kind: 'config', status: 400, says: 'A command-line argument is missing or wrong.' },
  FILE_UNREADABLE: { kind: 'config', status: 400, says: 'A file cannot be read.' },
  SECRET_EXPOSED: { kind: 'config', status: 400, says: 'A secret can be read by others.' },
  PAYLOAD_TOO_LARGE: { kind: 'input', status: 413, says: 'A message is larger than the limit of its channel.' },
  PAYLOAD_MALFORMED: { kind: 'input', status: 400, says: 'A message cannot be decoded.' },
  VERSION_UNKNOWN: { kind: 'input', status: 400, says: 'A message has a contract version this program does not know.' },
  CONTRACT_BROKEN: { kind: 'input', status: 400, says: 'A message does not fit its contract.' },
  DEVICE_UNKNOWN: { kind: 'input', status: 404, says: 'No such device is described for this site.' },
  CHANNEL_UNKNOWN: { kind: 'input', status: 404, says: 'The device has no such channel.' },
  UNIT_WRONG: { kind: 'input', status: 400, says: 'The unit is missing or does not fit the channel.' },
  VALUE_NOT_FINITE: { kind: 'input', status: 400, says: 'The value is not a finite number.' },
  VALUE_OUT_OF_RANGE: { kind: 'input', status: 400, says: 'The value lies outside the physical range of the channel.' },
  RATE_EXCEEDED: { kind: 'input', status: 429, says: 'A sender sends far more often than it announced.' },
  TIME_IMPLAUSIBLE: { kind: 'input', status: 400, says: 'The time of a reading cannot be believed.' },
  SITE_MISMATCH: { kind: 'input', status: 403, says: 'The message names another site than the topic it came on.' },
  BATCH_OUT_OF_ORDER: { kind: 'input', status: 409, says: 'A batch came before the one that precedes it in its lane.' },
  BATCH_CONFLICTS: { kind: 'input', status: 409, says: 'A batch repeats a stored number with other content.' },
  COMMAND_REFUSED: { kind: 'input', status: 409, says: 'A command was refused by a guard.' },
  SIGNATURE_INVALID: { kind: 'input', status: 403, says: 'A command is unsigned or its signature does not fit.' },
  ALERT_UNKNOWN: { kind: 'input', status: 404, says: 'There is no such alert.' },
  ALERT_ALREADY_ACKNOWLEDGED: { kind: 'input', status: 409, says: 'Somebody acknowledged this alert already.' },
  ALERT_STILL_ACTIVE: { kind: 'input', status: 409, says: 'The cause of the alert is still present.' },
  LOGIN_REQUIRED: { kind: 'input', status: 401, says: 'Log in first.' },
  LOGIN_FAILED: { kind: 'input', status: 401, says: 'Name or password is wrong.' },
  SETUP_CODE_WRONG: { kind: 'input', status: 403, says: 'The set-up code is wrong, used or expired.' },
  NOT_ALLOWED: { kind: 'input', status: 403, says: 'Your role does not allow this.' },
  PASSWORD_REFUSED: { kind: 'input', status: 400, says: 'The password is not acceptable.' },
  TOO_MANY_REQUESTS: { kind: 'transient', status: 429, says: 'Too many requests at once.' },
  NOT_FOUND: { kind: 'input', status: 404, says: 'There is nothing at this address.' },
  ORIGIN_WRONG: { kind: 'input', status: 403, says: 'The request did not come from the console.' },
  MODEL_INVALID: { kind: 'config', status: 400, says: 'A vision model cannot be used.' },
  MODEL_FAILED: { kind: 'transient', status: 503, says: 'A vision model did not answer as it must.' },
  CALIBRATION_INVALID: { kind: 'config', status: 400, says: 'A camera calibration cannot be used.' },
  CAMERA_UNREACHABLE: { kind: 'transient', status: 503, says: 'A camera gives no pictures.' },
  PICTURE_INVALID: { kind: 'input', status: 400, says: 'A picture cannot be read.' },
  PICTURE_UNKNOWN: { kind: 'input', status: 404, says: 'There is no such picture, or it is no longer kept.' },
  LISTEN_FAILED: { kind: 'permanent', status: 503, says: 'A server cannot listen on its address.' },
  BROKER_UNREACHABLE: { kind: 'transient', status: 503, says: 'The broker did not answer in time.' },
  STORE_BUSY: { kind: 'transient', status: 503, says: 'The store did not answer in time.' },
  STORE_FULL: { kind: 'permanent', status: 507, says: 'The disk is full or the store refuses to grow.' },
  STORE_DAMAGED: { kind: 'permanent', status: 500, says: 'A database file is damaged.' },
  STORE_NOT_DURABLE: { kind: 'permanent', status: 500, says: 'The database does not run with full synchronisation.' },
  LEDGER_BROKEN: { kind: 'permanent', status: 500, says: 'The ledger does not follow from its own entries.' },
} as const satisfies Record<string, { kind: FaultKind; status: number; says: string }>;

export type FaultCode = keyof typeof faults;

/** An operating error with a code from the table, what exactly happened, and what the reader can do about it. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly detail: string;
  readonly remedy: string | undefined;

  constructor(code: FaultCode, detail: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(`${faults[code].says} ${detail}${options.remedy ? ` ${options.remedy}` : ''}`, { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.detail = detail;
    this.remedy = options.remedy;
  }

  get kind(): FaultKind {
    return faults[this.code].kind;
  }

  get status(): number {
    return faults[this.code].status;
  }
}
