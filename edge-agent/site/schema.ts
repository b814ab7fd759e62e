import { siteSchema } from '@tocsin/contracts';
import { conditionSchemas, modelSchemas } from '@tocsin/rules/engine';
import { packSchema, packs } from '@tocsin/rules/packs';
import { actuatorSchemas } from '../actuators/index.ts';
import { cameraSchema, VisionConfig } from '../cameras/camera/config.ts';
import { sourceSchemas } from '../cameras/sources/index.ts';
import { formatSchemas } from '../sensors/index.ts';

/**
 * The schema of a whole site file with every format, model, rule and driver of this version; published as
 * docs/site.schema.json.
 */
export function siteFileSchema() {
  return siteSchema({
    formats: [...formatSchemas],
    camera: cameraSchema(sourceSchemas),
    vision: VisionConfig,
    packs: packs().map(packSchema),
    models: [...modelSchemas],
    rules: [...conditionSchemas],
    actuators: [...actuatorSchemas],
  });
}
