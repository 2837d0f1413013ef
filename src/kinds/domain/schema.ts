import type { JsonSchema } from '../../model/json.ts';
import { documentSchema } from '../shape/document-codec.ts';
import { domainMetadataCodec } from './codec.ts';
import { specCodec } from './spec-codec.ts';

/** JSON Schema (draft 2020-12) of a Domain document in YAML. */
export const domainSchema: JsonSchema = documentSchema('Domain', {
  metadata: domainMetadataCodec,
  spec: specCodec,
});
