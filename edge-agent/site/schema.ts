import { siteSchema } from '@tocsin/contracts';
import { conditionSchemas, modelSchemas } from '@tocsin/rules/engine';
import { packSchema, packs } from '@tocsin/rules/packs';
import { actuatorSchemas } from '../actuators/index.ts';
import { formatSchemas } from '../sensors/index.ts';

/**
 * The schema of a whole site file with every format, model, rule and driver of this version; published as
 * docs/site.schema.json.
 */
export function siteFileSchema() {
  return siteSchema({
    formats: [...formatSchemas],
    packs: packs().map(packSchema),
    models: [...modelSchemas],
    rules: [...conditionSchemas],
    actuators: [...actuatorSchemas],
  });
}
