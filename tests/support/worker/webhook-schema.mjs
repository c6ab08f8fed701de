// The published JSON Schema of the webhooks, held more strictly than it is published: a field that it does not name is a
// mistake of ours, though a receiver must ignore it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import Ajv from 'ajv/dist/2020.js';

import { ROOT } from '../project.mjs';

export const SCHEMA = JSON.parse(readFileSync(join(ROOT, 'docs', 'webhooks', 'v1.schema.json'), 'utf8'));

/** The types that it describes. */
export const TYPES = SCHEMA.oneOf.map(({ $ref }) => $ref.replace('#/$defs/', ''));

/** What is wrong with the body of a webhook; nothing if it is as described. `strict`: it has no other fields either. */
export function misfits(body, { strict = true } = {}) {
  const [ofType] = SCHEMA.oneOf.filter(({ $ref }) => $ref === `#/$defs/${body.type}`);
  if (!ofType) return [`no type ${body.type}`];
  const ajv = new Ajv({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
  // Each type alone, so that an error is about the type that it claims to be.
  const validate = ajv.compile({ ...(strict ? closed(SCHEMA) : SCHEMA), oneOf: [ofType] });
  return validate(body) ? [] : validate.errors.map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
}

/** The same schema, in which no object may have a field that is not named. */
function closed(schema) {
  const copy = structuredClone(schema);
  copy.unevaluatedProperties = false;
  for (const name of ['refund', 'money', 'line', 'sum', 'download'].filter((each) => each in copy.$defs)) copy.$defs[name].unevaluatedProperties = false;
  for (const type of TYPES) copy.$defs[type].properties.data.unevaluatedProperties = false;
  return copy;
}
