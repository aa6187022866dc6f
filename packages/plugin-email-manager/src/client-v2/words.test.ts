import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const source = path.resolve(import.meta.dirname, '..');
const LANGUAGES = ['en-US', 'uk-UA', 'zh-CN'] as const;

const words = Object.fromEntries(
  LANGUAGES.map((language) => [
    language,
    JSON.parse(fs.readFileSync(path.join(source, 'locale/client', `${language}.json`), 'utf8')) as Record<
      string,
      string
    >,
  ]),
) as Record<(typeof LANGUAGES)[number], Record<string, string>>;

function sourceFiles(folder: string): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(file);
    return /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name) ? [file] : [];
  });
}

const code = ['client', 'client-v2'].flatMap((lane) => sourceFiles(path.join(source, lane)));
const text = code.map((file) => fs.readFileSync(file, 'utf8')).join('\n');
const plain = new Set([...text.matchAll(/['"](ui\.[\w.]+)['"]/g)].map((match) => match[1] ?? ''));
const counted = new Set([...text.matchAll(/plural\(\s*['"](ui\.[\w.]+)['"]/g)].map((match) => match[1] ?? ''));
const composed = [...text.matchAll(/`(ui\.[^`]*\$\{[^`]*)`/g)].map((match) => match[1] ?? '');
const patterns = composed.map(
  (template) => new RegExp(`^${template.replace(/[.]/g, '\\.').replace(/\$\{[^}]*\}/g, '[\\w.]+')}$`),
);

const placeholders = (value: string) => [...value.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();
const stem = (key: string) => key.replace(/\.(zero|one|two|few|many|other)$/, '');

describe('the words of the pages', () => {
  it.each(LANGUAGES)('lacks no word that a page of %s shows', (language) => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const wanted = [
      ...[...plain].filter((key) => !counted.has(key)),
      ...[...counted].flatMap((key) => forms.map((form) => `${key}.${form}`)),
    ];
    expect(wanted.filter((key) => !words[language][key])).toEqual([]);
  });

  it('composes no key of which no word exists', () => {
    const keys = Object.keys(words['en-US']);
    expect(composed.filter((_, index) => !keys.some((key) => patterns[index]?.test(key)))).toEqual([]);
  });

  it.each(LANGUAGES)('carries no word that no page of %s uses', (language) => {
    const unused = Object.keys(words[language]).filter(
      (key) => !plain.has(key) && !counted.has(stem(key)) && !patterns.some((pattern) => pattern.test(key)),
    );
    expect(unused).toEqual([]);
  });

  it('says the same things in every language', () => {
    const keys = (language: (typeof LANGUAGES)[number]) => [...new Set(Object.keys(words[language]).map(stem))].sort();
    expect(keys('uk-UA')).toEqual(keys('en-US'));
    expect(keys('zh-CN')).toEqual(keys('en-US'));
  });

  it.each(['uk-UA', 'zh-CN'] as const)('loses no value that a sentence of %s has to show', (language) => {
    const english = words['en-US'];
    const different = Object.keys(words[language]).filter((key) => {
      const model = english[key] ?? english[`${stem(key)}.other`] ?? '';
      return String(placeholders(words[language][key] ?? '')) !== String(placeholders(model));
    });
    expect(different).toEqual([]);
  });
});
