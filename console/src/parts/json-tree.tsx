// The tree of JsonView, loaded when there is one to show.
import { JsonView as Tree } from 'react-json-view-lite';
import { ScrollBox } from './scroll-box';

const STYLE = {
  container: 'json-tree',
  basicChildStyle: 'json-child',
  childFieldsContainer: 'json-children',
  label: 'json-label',
  clickableLabel: 'json-label',
  nullValue: 'json-null',
  undefinedValue: 'json-null',
  stringValue: 'json-string',
  booleanValue: 'json-boolean',
  numberValue: 'json-number',
  otherValue: 'json-number',
  punctuation: 'json-punctuation',
  collapseIcon: 'json-open',
  expandIcon: 'json-closed',
  collapsedContent: 'json-more',
  noQuotesForStringValues: false,
  quotesForFieldNames: false,
  stringifyStringValues: true,
};

/** Levels that are open at first. */
const OPEN_LEVELS = 2;
const FEW = 30;

export default function JsonTree({ value, what }: { value: object; what: string }) {
  return (
    <ScrollBox label={what} className="max-h-96 rounded-md bg-sunken p-3 pr-24 font-mono text-xs">
      <Tree
        data={value}
        style={STYLE}
        shouldExpandNode={(level, node) => level < OPEN_LEVELS && Object.keys(node ?? {}).length <= FEW}
      />
    </ScrollBox>
  );
}
