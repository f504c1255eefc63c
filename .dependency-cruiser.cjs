// The order of the rooms (docs/architecture.md): a room may import only rooms before it in this list, and `foundation`.
const rooms = [
  'foundation',
  'graph',
  'runtime',
  'text',
  'checkpoint',
  'nn',
  'training',
  'corpus',
  'generation',
  'pretraining',
  'evaluation',
  'classification',
  'dare',
  'tasks',
  'deployment',
  'experiments',
  'report',
  'studio',
  'cli',
];

// The engine knows nothing of relations, and the corpus and evaluation rooms know nothing of the engine.
const engine = ['graph', 'runtime', 'text', 'checkpoint', 'nn', 'training'];

module.exports = {
  forbidden: [
    ...rooms.map((room, index) => ({
      name: `${room}-imports-only-what-is-above-it`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: `^src/(${rooms.slice(index + 1).join('|') || 'nothing-below'})/` },
    })),
    {
      name: 'corpus-and-evaluation-do-not-know-the-engine',
      severity: 'error',
      from: { path: '^src/(corpus|evaluation)/' },
      to: { path: `^src/(${engine.join('|')})/` },
    },
    {
      name: 'engine-does-not-know-the-library-entry',
      severity: 'error',
      from: { path: `^src/(${rooms.join('|')})/` },
      to: { path: '^src/index\\.ts$' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: '\\.(test|d)\\.ts$|src/index\\.ts$' },
      to: {},
    },
    {
      name: 'tests-stay-out-of-the-product',
      severity: 'error',
      from: { pathNot: '\\.test\\.ts$' },
      to: { path: '\\.test\\.ts$' },
    },
    {
      name: 'no-development-dependencies-in-the-product',
      severity: 'error',
      from: { path: '^src', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.test\\.ts$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
