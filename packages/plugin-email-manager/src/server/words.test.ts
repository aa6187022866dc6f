import { describe, expect, it } from 'vitest';
import english from '../locale/server/en-US.json';
import ukrainian from '../locale/server/uk-UA.json';
import chinese from '../locale/server/zh-CN.json';
import { ERROR_STATUS } from './errors';

describe.each([
  ['English', english],
  ['Ukrainian', ukrainian],
  ['Chinese', chinese],
] as [string, Record<string, string>][])('%s', (_language, words) => {
  it.each(Object.keys(ERROR_STATUS))('has a sentence and a next step for %s', (code) => {
    expect(words[`errors.${code}.message`]).toMatch(/[.。]$/);
    expect(words[`errors.${code}.action`]).toMatch(/[.。]$/);
  });

  it('has no words for refusals that do not exist, and the same parameters as the English', () => {
    expect(Object.keys(words).sort()).toEqual(Object.keys(english).sort());
    const parameters = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((match) => match[1]).sort();
    for (const [key, text] of Object.entries(english as Record<string, string>)) {
      expect(parameters(words[key] ?? ''), key).toEqual(parameters(text));
    }
    const codes = Object.keys(words).filter((key) => key.startsWith('errors.'));
    expect(codes.length).toBe(Object.keys(ERROR_STATUS).length * 2);
  });
});
