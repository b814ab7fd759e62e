import { Document, YAMLMap, YAMLSeq } from 'yaml';
import type { Zone } from '../../dashboard/web/calibrate/words.ts';

/** The lines for a camera's entry in the site file: its calibration and its zones, one zone a line. */
export function siteLines(calibration: string, zones: readonly Zone[]): string {
  const document = new Document({
    calibration,
    ...(zones.length === 0
      ? {}
      : { zones: zones.map(({ id, name, outline }) => ({ id, ...(name === undefined ? {} : { name }), outline })) }),
  });
  const list = document.get('zones');
  if (list instanceof YAMLSeq) for (const zone of list.items) if (zone instanceof YAMLMap) zone.flow = true;
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}
