/** Malformed corpora of sentences with two marked mentions. */
import { gzipSync } from 'node:zlib';
import { append, cases, cutAt, LONG, put, whole, type MalformedCorpus } from './malformed.ts';

const tagged = (text: string): string => `1\t"${text}"\nOther\n`;

export const MALFORMED_EXAMPLES: readonly MalformedCorpus[] = [
  ...cases(
    'semeval',
    ['a sentence without a relation', put('\ncauses', ''), 'corpus.txt:1: sentence 1 has no relation'],
    [
      'a sentence without a relation at the end',
      append('3\t"<e1>a</e1> <e2>b</e2>"'),
      'corpus.txt:9: sentence 3 has no relation',
    ],
    ['an empty relation', put('\ncauses\n', '\n\n'), 'corpus.txt:1: sentence 1 has no relation'],
    ['a missing tag', whole(tagged('<e1>a</e1> <e2>b')), 'corpus.txt:1: the tag </e2> is missing'],
    ['a tag twice', whole(tagged('<e1>a</e1> <e1>b</e1> <e2>c</e2>')), 'corpus.txt:1: the tag <e1> stands twice'],
    [
      'a tag closed before it is opened',
      whole(tagged('</e1>a<e1> <e2>b</e2>')),
      'corpus.txt:1: the tag </e1> stands before <e1>',
    ],
    [
      'nothing between two tags',
      whole(tagged('<e1> </e1> <e2>b</e2>')),
      'corpus.txt:1: nothing stands between <e1> and </e1>',
    ],
    [
      'prose between the sentences',
      append('See above.'),
      'corpus.txt:9: neither a numbered sentence with <e1> and <e2> nor a comment',
    ],
    ['a number twice', put('2\t', '1\t'), 'corpus.txt:5: example 1 was met at corpus.txt:1 already'],
    [
      'Other in other case',
      put('Other', 'other'),
      '! label-case 1 corpus.txt:6: "other" is taken for "Other", no relation',
    ],
  ),
  ...cases(
    'tagged-tsv',
    ['a row without tags', append('causes\tLithium caused tremor.'), 'corpus.tsv:3: no column holds <e1> and <e2>'],
    ['a row without a relation', append('\t<e1>a</e1> <e2>b</e2>'), 'corpus.tsv:3: the sentence "a b" has no relation'],
    ['a row of a sentence alone', append('<e1>a</e1> <e2>b</e2>'), 'corpus.tsv:3: the sentence "a b" has no relation'],
    [
      'a relation in other case',
      append('Causes\t<e1>a</e1> <e2>b</e2>'),
      '! label-case 1 corpus.tsv:3: the relation "Causes" is also written "causes"',
    ],
  ),
  ...cases(
    'tacred: an object a line',
    ['a file cut off', cutAt('"s2"'), 'corpus.json:3: the file ends before its JSON array does'],
    ['a missing comma', put('},\n{', '}\n{'), 'corpus.json:3: not valid JSON: Unexpected "{"'],
    ['an object, not an array', whole('{"token": ["a"]}'), 'corpus.json:1: not a JSON array'],
    ['something after the array', append('{}'), 'corpus.json:5: not valid JSON: Unexpected "{"'],
    ['an array of numbers', whole('[1, 2]'), 'corpus.json:1: object 1: the object: must be an object'],
    [
      'tokens that are no list',
      put('["Lithium","caused","tremor","."]', '"Lithium"'),
      'corpus.json:2: object 1: token: must be a list of strings',
    ],
    [
      'a token number beyond the sentence',
      put('"obj_end":2', '"obj_end":9'),
      'corpus.json:2: object 1: obj: token 9 lies beyond the sentence, which has 4 tokens',
    ],
    [
      'a start after the end',
      put('"obj_start":2', '"obj_start":3'),
      'corpus.json:2: object 1: obj: token 3 is not before token 3',
    ],
    [
      'a negative token number',
      put('"subj_start":0', '"subj_start":-1'),
      'corpus.json:2: object 1: subj_start: must not be negative',
    ],
    ['a missing key', put('"subj_end":0,', ''), 'corpus.json:2: object 1: subj_end: must be a whole number'],
    [
      'an empty relation',
      put('"causes"', '""'),
      'corpus.json:2: object 1: relation: must not be empty: write no_relation where there is none',
    ],
    [
      'subject and object the same',
      put('"obj_start":2,"obj_end":2', '"obj_start":0,"obj_end":0'),
      '! same-mention 1 corpus.json:2: subject and object of s1 are the same words',
    ],
    ['an id twice', put('"s2"', '"s1"'), 'corpus.json:3: example s1 was met at corpus.json:2 already'],
    [
      'no_relation in other case',
      put('no_relation', 'No_Relation'),
      '! label-case 1 corpus.json:3: "No_Relation" is taken for "no_relation", no relation',
    ],
    [
      'a gigantic element',
      put('"Lithium"', `"${LONG}"`),
      'corpus.json:2: an element of the array is larger than 16777216 bytes',
    ],
  ),
  ...cases(
    'opennre: text',
    [
      'JSON cut off',
      put('"relation":"causes"}', ''),
      'corpus.txt:1: not valid JSON: Expected double-quoted property name in JSON at position 120',
    ],
    [
      'offsets beyond the text',
      put('[15,21]', '[15,210]'),
      'corpus.txt:1: t: end 210 lies beyond the text, which has 38 characters',
    ],
    ['a start after the end', put('[15,21]', '[21,15]'), 'corpus.txt:1: t: start 21 is not before end 15'],
    ['one offset', put('[15,21]', '[15]'), 'corpus.txt:1: t.pos: must be a start and an end'],
    ['an entity missing', put('"t":', '"x":'), 'corpus.txt:1: t: must be an object with name and pos'],
    [
      'an empty relation',
      put('"causes"', '""'),
      'corpus.txt:1: relation: must not be empty: write NA where there is none',
    ],
    ['neither text nor tokens', put('"text":', '"words":'), 'corpus.txt:1: the line: needs either text or token'],
    [
      'offsets at other words',
      put('[15,21]', '[14,20]'),
      '! text-differs 1 corpus.txt:1: the text has " tremo" where the name is "tremor"',
    ],
    [
      'a relation that is not listed',
      put('"causes"', '"eases"'),
      '! unknown-label 1 corpus.txt:1: rel2id.json does not have the relation "eases"',
    ],
    [
      'a list of relations that is not JSON',
      whole('NA 0'),
      'rel2id.json: not valid JSON: Unexpected token \'N\', "NA 0" is not valid JSON',
      'rel2id.json',
    ],
  ),
  ...cases('opennre: token', [
    'a token number beyond the sentence',
    put('[2,3]', '[2,30]'),
    'corpus.txt:1: t: token 29 lies beyond the sentence, which has 6 tokens',
  ]),
  ...cases(
    'masked-tsv: header',
    ['a header without a label', put('label', 'id'), 'corpus.tsv:1: the header names no sentence or no label'],
    ['a row with a tab in its text', append('x\t@A$\t@B$\tfalse'), 'corpus.tsv:4: 4 columns where there should be 3'],
    ['a row without a label', append('x\t@A$ @B$\t'), 'corpus.tsv:4: the sentence has no label'],
    [
      'one placeholder',
      append('x\t@A$ b\tfalse'),
      '! unclear-placeholders 1 corpus.tsv:4: 1 placeholder where two entities should be masked',
    ],
    [
      'an index twice',
      append('1.T1.T2\t@A$ @B$\tfalse'),
      'corpus.tsv:4: example 1.T1.T2 was met at corpus.tsv:2 already',
    ],
    [
      'a label in other case',
      append('x\t@A$ @B$\tCauses'),
      '! label-case 1 corpus.tsv:4: the relation "Causes" is also written "causes"',
    ],
  ),
  ...cases(
    'csv: words',
    [
      'a quotation mark that is not closed',
      append('"Lead: rash,Lead,rash,causes'),
      'corpus.csv:4: not well-formed CSV: Quote Not Closed: the parsing is finished with an opening quote',
    ],
    [
      'a quotation mark inside a field',
      append('Lead "red": rash,Lead,rash,causes'),
      'corpus.csv:4: not well-formed CSV: Invalid Opening Quote: a quote is found on field 0, value is "Lead "',
    ],
    ['too few columns', append('Lead: rash,Lead,rash'), 'corpus.csv:4: 3 columns where the header has 4'],
    ['no such column', put('relation', 'kind'), 'corpus.csv:1: no column is the relation'],
    ['a column twice', put('head,tail', 'text,tail'), 'corpus.csv:1: the columns text and text both name the text'],
    ['an empty text', append(',Lead,rash,causes'), 'corpus.csv:4: the text is empty'],
    [
      'a mention that the text does not hold',
      append('Lead: rash,Zinc,rash,causes'),
      'corpus.csv:4: "Zinc" does not stand in the text "Lead: rash"',
    ],
    [
      'a mention that the text holds twice',
      append('Lead or Lead: rash,Lead,rash,causes'),
      '! ambiguous-mention 1 corpus.csv:4: "Lead" stands in the text 2 times, the first counts',
    ],
    [
      'both mentions the same',
      append('Lead: rash,Lead: rash,Lead: rash,causes'),
      '! same-mention 1 corpus.csv:4: head and tail are the same words, "Lead: rash"',
    ],
    [
      'entities that nothing marks',
      append('Lead: rash,,,causes'),
      'corpus.csv:4: the two entities of "Lead: rash" are not marked',
    ],
  ),
  ...cases(
    'csv: offsets, tabs',
    [
      'an offset that is no number',
      put('\t0\t7\tDrug\t15', '\t0\tseven\tDrug\t15'),
      'corpus.tsv:2: head_end must be a whole number, not "seven"',
    ],
    [
      'offsets beyond the text',
      put('15\t21', '15\t210'),
      'corpus.tsv:2: tail: end 210 lies beyond the text, which has 38 characters',
    ],
    ['an id twice', put('\nb\t', '\na\t'), 'corpus.tsv:3: example a was met at corpus.tsv:2 already'],
  ),
  ...cases(
    'jsonl',
    [
      'JSON cut off',
      put('"relation":"causes"}', ''),
      'corpus.jsonl:1: not valid JSON: Expected double-quoted property name in JSON at position 178',
    ],
    ['an array', append('[]'), 'corpus.jsonl:3: the line: must be an object'],
    [
      'a missing relation',
      put(',"relation":"causes"', ''),
      'corpus.jsonl:1: relation: must be a relation name, or null where no relation holds',
    ],
    [
      'an empty relation',
      put('"causes"', '""'),
      'corpus.jsonl:1: relation: must not be empty: write null where no relation holds',
    ],
    [
      'offsets at other words',
      put('"start":15,"end":21', '"start":14,"end":20'),
      'corpus.jsonl:1: tail: text is "tremor", but offsets 14 to 20 hold " tremo"',
    ],
    [
      'offsets beyond the text',
      put('"start":15,"end":21', '"start":15,"end":210'),
      'corpus.jsonl:1: tail: end 210 lies beyond the text, which has 38 UTF-16 code units',
    ],
    ['an id twice', put('"id":"b"', '"id":"a"'), 'corpus.jsonl:2: example a was met at corpus.jsonl:1 already'],
    [
      'one mention twice',
      put('"start":15,"end":21,"type":"Disease","text":"tremor"', '"start":0,"end":7,"type":"Drug","text":"Lithium"'),
      'corpus.jsonl:1: head and tail are the same mention',
    ],
    [
      'a mention that ends inside a surrogate pair',
      put(
        'Lithium caused tremor in two patients.","head":{"start":0,"end":7,"type":"Drug","text":"Lithium"',
        '\u{1D6C2}thium caused tremor in two patients.","head":{"start":0,"end":1,"type":"Drug","text":"\\ud835"',
      ),
      '! cut-character 1 corpus.jsonl:1: the mention "\ud835" cuts a character in two',
    ],
  ),
  ...cases('jsonl', [
    'a gzipped file cut off',
    (content) => gzipSync(content).subarray(0, 60),
    'corpus.jsonl.gz: the file is not a whole gzip file',
  ]).map((each) => ({ ...each, files: { 'corpus.jsonl.gz': each.files['corpus.jsonl']! } })),
  ...cases('jsonl', ['a gzipped file that does not say so', gzipSync, 'corpus.jsonl: the file is gzipped']),
];
