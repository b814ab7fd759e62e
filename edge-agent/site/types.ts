import type { ActLimits, ActuatorBase, Matrix, Mode, Response, Secret } from '@tocsin/contracts';
import type { ModelConfig, RuleConfig } from '@tocsin/rules/engine';
import type { CommandKey } from '@tocsin/rules/signing';
import type { CameraConfig, VisionConfig } from '../cameras/camera/config.ts';

export type { CameraConfig, VisionConfig } from '../cameras/camera/config.ts';

/** A channel with every default filled in. */
export type ChannelConfig = {
  id: string;
  name?: string;
  unit: string;
  min?: number;
  max?: number;
  spike?: { mad: number; floor: number };
  stuckAfterMs?: number;
  resetJump?: number;
  /** Speaks only when it has something to say, so that silence is not news: another part tells when it cannot. */
  sporadic?: boolean;
} & Record<string, unknown>;

/** A device with every default filled in; other fields belong to its format. */
export type DeviceConfig = {
  id: string;
  name?: string;
  format: string;
  /** Absent for a camera, which does not speak on a topic. */
  topic?: string;
  intervalMs: number;
  latenessMs: number;
  clockSkewMs: number;
  channels: ChannelConfig[];
} & Record<string, unknown>;

/** An actuator with every default filled in; other fields belong to its driver. */
export type ActuatorConfig = ActuatorBase &
  Required<Pick<ActuatorBase, 'readBackWithinMs' | 'leaseMs' | 'irreversible' | 'interlocks'>> &
  Record<string, unknown>;

export type FieldUser = { username: string; password: Secret; publish: string[]; subscribe: string[] };

/** A site file that was checked, with every default filled in. Relative paths are already resolved against the file. */
export type Site = {
  site: string;
  name: string;
  timeZone?: string;
  location?: { latitude: number; longitude: number };
  mode: Mode;
  dataDir: string;
  broker?:
    | { listen: { host: string; port: number }; users: FieldUser[] }
    | { url: string; username?: string; password?: Secret };
  cloud?: { url: string; password: Secret; caFile?: string; commandKeys: (string | CommandKey)[] };
  journal: { commitEveryMs: number; bytesMax: number };
  /** Devices of the file, then its cameras as the devices that they are to everybody behind the eyes. */
  devices: DeviceConfig[];
  cameras: CameraConfig[];
  vision: VisionConfig;
  /** Models, rules and responses of the file, then those that its packs and its matrix made. */
  models: ModelConfig[];
  rules: RuleConfig[];
  actuators: ActuatorConfig[];
  /** How many acts all actuators of the site, or of an area, may do together. */
  limits?: { site?: ActLimits; areas?: Record<string, ActLimits> };
  responses: (Response & { hold: 'whileActive' | 'untilReset' })[];
  /** The matrix as written; its rules and responses stand among the others. */
  matrix?: Matrix;
  /** SHA-256 (hex) of the file's bytes. */
  configHash: string;
};
