// A call of API v2: signed, within a time limit, its answer verified.

import { readBody, readFields, signedXml, verify } from 'peer:wire';

const TIME_LIMIT_MS = 8_000;

/** The fields of the answer. Throws when there is none that can be believed. */
export async function askGateway(env, path, fields, signType) {
  const response = await fetch(env.GATEWAY + path, {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8' },
    body: await signedXml(fields, env.API_KEY, signType),
    signal: AbortSignal.timeout(TIME_LIMIT_MS),
  });
  const bytes = await readBody(response);
  if (!response.ok || bytes === null) throw new Error(`gateway ${response.status}`);
  const answer = readFields(bytes);
  if (answer.get('return_code') !== 'SUCCESS') throw new Error(answer.get('return_msg') || 'return_code');
  if ((await verify(answer, env.API_KEY)) !== signType) throw new Error('signature');
  if (answer.get('appid') !== env.APPID || answer.get('mch_id') !== env.MCH_ID) throw new Error('identity');
  return answer;
}
