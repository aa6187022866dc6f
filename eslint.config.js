import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';
import { ARROWS } from './scripts/lib/arrows.mjs';

/** `packages/x/src/a/b` as a relative import from within the package would end: `../…/a/b`. */
function relativePattern(folder, neighbour) {
  const own = folder.split('/');
  const other = neighbour.split('/');
  const common = own.findIndex((part, index) => part !== other[index]);
  const tail = other.slice(common === -1 ? own.length : common).join('/');
  return `^(\\.\\./)+${tail}(/|$)`;
}

function patternsOf({ folder, why, packages, neighbours }) {
  const regexes = [...packages, ...neighbours.map((neighbour) => relativePattern(folder, neighbour))];
  return regexes.map((regex) => ({ regex, message: why }));
}

const arrowRules = ARROWS.map((arrow) => {
  // The last matching block wins in ESLint, so a folder inside another one repeats the outer one's patterns.
  const around = ARROWS.filter(({ folder }) => arrow.folder.startsWith(`${folder}/`));
  return {
    files: [`${arrow.folder}/**/*.{ts,tsx}`],
    ignores: [arrow, ...around].some(({ testsMayReach }) => testsMayReach)
      ? ['**/*.test.{ts,tsx}', '**/testing/**']
      : [],
    rules: { 'no-restricted-imports': ['error', { patterns: [arrow, ...around].flatMap(patternsOf) }] },
  };
});

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/**',
      '**/dist/**',
      '**/dist.building-*/**',
      'host/packages/**',
      'host/storage/**',
      'artifacts/**',
      '.data/**',
      '**/coverage/**',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'react-hooks': reactHooks },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      // It cannot see that a value of type unknown was narrowed, and flags nearly every String(value).
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Ports are objects of closures whose interfaces use method syntax; taking a method off one is safe.
      '@typescript-eslint/unbound-method': 'off',
      // An async function without await is how a port's signature is kept.
      '@typescript-eslint/require-await': 'off',
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
    },
  },
  {
    // The edge to NocoBase: its types are loose or missing, and what comes from there is untyped.
    files: [
      'packages/plugin-email-manager/src/**/*.{ts,tsx}',
      'packages/plugin-email-manager/test-support/**/*.ts',
      'packages/plugin-email-manager/ambient.d.ts',
      'e2e/**/*.ts',
    ],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // A cast of an untyped value says what it is.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      // NocoBase awaits what its event handlers return.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
    },
  },
  {
    // Tests look into parsed JSON freely; programs print.
    files: ['**/*.test.{ts,tsx}', 'bench/**/*.ts', 'packages/provider-simulators/src/main.ts', 'vitest.*.config.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      'no-console': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.js', '**/*.cjs'],
    languageOptions: {
      globals: {
        AbortSignal: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        clearTimeout: 'readonly',
        console: 'readonly',
        fetch: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
  {
    files: ['host/*.js', 'packages/plugin-email-manager/*.js'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { __dirname: 'readonly', module: 'writable', require: 'readonly' },
    },
  },
  {
    files: ['packages/plugin-email-manager/tools/public-path.js'],
    languageOptions: { globals: { window: 'readonly' } },
  },
  ...arrowRules,
);
