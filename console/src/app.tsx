// The pages by their paths. Each is loaded when it is first shown.
import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Link, Route, Router, Switch } from 'wouter';
import { ROUTER_BASE } from './api/mount';
import { queryClient } from './api/query-client';
import { Empty, Loading, Page } from './parts/page';
import { useHasToasts } from './parts/toast';
import { nameIn, useExactLocation, useExactSearch } from './shell/exact-location';
import { PageErrors, WithoutIt } from './shell/page-errors';
import { Shell } from './shell/shell';

const Toasts = lazy(() => import('./parts/toasts'));
const StartPage = lazy(() => import('./pages/start/start-page'));
const RunsPage = lazy(() => import('./pages/runs/runs-page'));
const RunPage = lazy(() => import('./pages/run/run-page'));
const StepsPage = lazy(() => import('./pages/steps/steps-page'));
const QueuesPage = lazy(() => import('./pages/queues/queues-page'));
const QueuePage = lazy(() => import('./pages/queues/queue-page'));
const AdminPage = lazy(() => import('./pages/admin/admin-page'));

export function App() {
  return (
    // Styles that components would put into the page themselves are refused by its policy.
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <Router base={ROUTER_BASE} hook={useExactLocation} searchHook={useExactSearch}>
          <Shell>
            <PageErrors>
              <Suspense fallback={<Loading />}>
                <Pages />
              </Suspense>
            </PageErrors>
          </Shell>
          <WithoutIt>
            <LazyToasts />
          </WithoutIt>
        </Router>
      </QueryClientProvider>
    </CSPProvider>
  );
}

function LazyToasts() {
  return useHasToasts() ? (
    <Suspense>
      <Toasts />
    </Suspense>
  ) : null;
}

/** Parameters come as they stand in the address. */
function Pages() {
  return (
    <Switch>
      <Route path="/" component={StartPage} />
      <Route path="/runs" component={RunsPage} />
      <Route path="/runs/:id">{({ id }) => <RunPage id={nameIn(id)} key={id} />}</Route>
      <Route path="/runs/:id/steps">{({ id }) => <StepsPage id={nameIn(id)} key={id} />}</Route>
      <Route path="/queues" component={QueuesPage} />
      <Route path="/queues/:queue">{({ queue }) => <QueuePage queue={nameIn(queue)} key={queue} />}</Route>
      <Route path="/admin/:section?">{({ section }) => <AdminPage section={section} />}</Route>
      <Route>
        <Page title="No such page">
          <Empty title="There is nothing here.">
            <Link href="/runs" className="text-accent underline">
              Go to the runs
            </Link>
          </Empty>
        </Page>
      </Route>
    </Switch>
  );
}
