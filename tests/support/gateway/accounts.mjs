// The accounts under which a shop can sell: each generation and edition of WeChat Pay's API, for a merchant alone and below an
// institution or a service provider. They are merchants that come with the simulator, whose keys are public.

const HONG_KONG = ['wx5c1f9e2a7d3b6048', '1634117205', 'SIMULATORkeyOfTheTeaHouse0123456', 'HKD'];
const SINGAPORE = ['wx90aa17be44c05d21', '1634990001', 'SIMULATORkeyOfTheInstitution0123', 'SGD'];
const MAINLAND = ['wx3a7c5e9d1b2f4a68', '1698002315', 'SIMULATORkeyOfTheMainlandShop012', 'CNY'];
const PROVIDER = ['wx6d1e8f3a5b7c9024', '1698990001', 'SIMULATORkeyOfTheProvider0123456', 'CNY'];

/** By name: the merchant, the first letter of its orders' numbers, and the settings of a Worker with these key files. */
export const ACCOUNTS = {
  'API v2': { merchant: merchant(HONG_KONG), letter: 'H', settings: () => ({}) },
  'API v3, global': { merchant: merchant(HONG_KONG), letter: 'G', settings: (keys) => v3(keys, 'v3-global', { WECHAT_CATEGORY: '5499' }) },
  'API v3, global, below an institution': {
    merchant: merchant(SINGAPORE),
    letter: 'G',
    settings: (keys) => v3(keys, 'v3-global', { WECHAT_CATEGORY: '5499', WECHAT_SUB_MCH_ID: '1635004477' }),
  },
  'API v3, mainland': { merchant: merchant(MAINLAND), letter: 'C', settings: (keys) => v3(keys, 'v3-mainland') },
  'API v3, mainland, below a service provider': {
    merchant: merchant(PROVIDER),
    letter: 'C',
    settings: (keys) => v3(keys, 'v3-mainland', { WECHAT_SUB_MCH_ID: '1699004477' }),
  },
};

function merchant([appid, mchId, key, feeType]) {
  return { appid, mchId, key, signType: 'HMAC-SHA256', feeType };
}

function v3(keys, api, more) {
  return {
    WECHAT_API: api,
    WECHAT_API_V3_KEY: keys.api_v3_key,
    WECHAT_MCH_CERT_SERIAL: keys.serial,
    WECHAT_MCH_PRIVATE_KEY: keys.private_key,
    ...more,
  };
}

/** The settings by which messages are verified with WeChat Pay's public key. */
export function byPublicKey(keys) {
  return { WECHAT_PUBLIC_KEY_ID: keys.public_key_id, WECHAT_PUBLIC_KEY: keys.public_key };
}
