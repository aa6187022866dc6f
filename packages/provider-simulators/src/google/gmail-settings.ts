import type { GmailCall, GmailResult } from './call';
import { notFound } from './errors';
import type { SendAs } from './state';

export function sendAsList(call: GmailCall): GmailResult {
  return { sendAs: call.account.sendAs.map(sendAsToJson) };
}

export function sendAsGet(call: GmailCall): GmailResult {
  const wanted = (call.params['sendAsEmail'] ?? '').toLowerCase();
  const found = call.account.sendAs.find((s) => s.sendAsEmail.toLowerCase() === wanted);
  if (!found) throw notFound();
  return sendAsToJson(found);
}

/** False flags and empty texts of an alias are left out, as Google does. */
function sendAsToJson(sendAs: SendAs): Record<string, unknown> {
  const json: Record<string, unknown> = { sendAsEmail: sendAs.sendAsEmail, displayName: sendAs.displayName };
  json['replyToAddress'] = sendAs.replyToAddress;
  json['signature'] = sendAs.signature;
  if (sendAs.isPrimary) json['isPrimary'] = true;
  if (sendAs.isDefault) json['isDefault'] = true;
  if (sendAs.treatAsAlias) json['treatAsAlias'] = true;
  if (!sendAs.isPrimary) json['verificationStatus'] = sendAs.verificationStatus;
  return json;
}
