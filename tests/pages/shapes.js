// JSON of the documents, held to what the program says of itself.

import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/// Judges blocks: `schema="Ticket"` by /openapi.json, `message="seat_update"` by /asyncapi.json (what stands in
/// `data`; with the word `frame`, the whole frame). A field that stands in no document is a fault.
export async function shapes(house) {
  const judge = { openapi: compiled(await house.anyone.get('/openapi.json')), asyncapi: compiled(await house.anyone.get('/asyncapi.json')) };
  return ({ text, schema, message, words }) => {
    const value = JSON.parse(text);
    if (schema) judge.openapi(`#/components/schemas/${schema}`, value);
    if (message) {
      const whole = words.includes('frame') ? value : { event: message, data: value };
      judge.asyncapi(`#/components/messages/seats.${message}/payload`, whole);
    }
  };
}

function compiled(document) {
  // The document's `id` is its name; in a schema the word has a meaning of old.
  const { id: _, ...strict } = structuredClone(document);
  for (const schema of Object.values(strict.components.schemas)) {
    if (schema.properties) schema.additionalProperties = false;
  }
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  for (const format of ['int32', 'int64', 'double', 'float']) ajv.addFormat(format, true);
  ajv.addSchema(strict, 'document');
  return (pointer, value) => {
    const valid = ajv.getSchema(`document${pointer}`);
    assert.ok(valid, `there is no ${pointer}`);
    assert.ok(valid(value), ajv.errorsText(valid.errors));
  };
}
