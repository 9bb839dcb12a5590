//! What the standard protocol offers, request by request.

use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult, CustomRequest,
    CustomResult, ErrorCode, GetPromptRequestParams, GetPromptResponse, Implementation, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities, ServerConfig, SetLevelRequestParams,
    SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};

use super::fixtures::Fixtures;
use super::logging::Level;
use super::page::page;
use super::resources::Place;
use super::watch::{Changes, Watch, listen};
use super::{calls, completion, prompts, resources};
use crate::mcp::server::{SchemaFeed, Server};
use crate::mcp::tools::Tools;

/// Tools of one page.
const PAGE: usize = 50;

/// Methods whose parameters may be unreadable.
const METHODS: [&str; 11] = [
    "tools/list",
    "tools/call",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "prompts/list",
    "prompts/get",
    "completion/complete",
    "logging/setLevel",
];

/// Of these, what the revision of 2026-07-28 has no more.
const REMOVED: [&str; 3] = ["resources/subscribe", "resources/unsubscribe", "logging/setLevel"];

/// Where a request without a session names its revision, in `_meta`.
const REVISION: &str = "io.modelcontextprotocol/protocolVersion";

const INSTRUCTIONS: &str = "Read-only access to databases. Call discover_tables_tool and get_table_schema_tool \
    first, then execute_query_tool with one SELECT statement. Every tool takes the name of a database.";

/// What every session and request shares.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    tools: Tools,
    changes: SchemaFeed,
    limit: Duration,
    fixtures: Option<Arc<Fixtures>>,
}

impl Shared {
    pub(super) fn new(server: &Server) -> Self {
        Self {
            tools: server.tools.clone(),
            changes: server.changes.clone(),
            limit: server.config.timers.request_timeout,
            fixtures: server.config.test_doors.then(Arc::default),
        }
    }
}

/// One session, or one request of a version without sessions.
#[derive(Debug)]
pub(super) struct Standard {
    shared: Shared,
    level: Level,
    watch: Watch,
}

impl Standard {
    pub(super) fn new(shared: Shared) -> Self {
        Self { shared, level: Level::default(), watch: Watch::default() }
    }

    fn fixtures(&self) -> Option<&Fixtures> {
        self.shared.fixtures.as_deref()
    }

    fn changes(&self) -> Changes {
        Changes::new(&self.shared.changes, self.fixtures().map(Fixtures::changes))
    }

    fn all_tools(&self) -> Vec<Tool> {
        let mut tools = calls::tools();
        tools.extend(self.fixtures().map(Fixtures::tools).unwrap_or_default());
        tools
    }

    /// Only what exists can be watched.
    fn watchable(&self, uri: &str) -> bool {
        let known = |place: Place<'_>| {
            self.shared
                .tools
                .databases()
                .iter()
                .filter(|database| database.name == place.database)
                .any(|database| place.table.is_none_or(|table| database.table(table).is_some()))
        };
        Place::read(uri).is_some_and(known)
            || self.fixtures().is_some_and(|fixtures| fixtures.has_resource(uri))
    }
}

impl ServerHandler for Standard {
    fn get_info(&self) -> ServerConfig {
        let mut capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_resources_list_changed()
            .enable_completions()
            .enable_logging()
            .build();
        if self.fixtures().is_some() {
            capabilities.tools.get_or_insert_default().list_changed = Some(true);
            capabilities.prompts.get_or_insert_default().list_changed = Some(true);
        }
        let implementation =
            Implementation::new("tidegate", env!("CARGO_PKG_VERSION")).with_title("Tidegate");
        ServerConfig::new(capabilities).with_server_info(implementation).with_instructions(INSTRUCTIONS)
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        self.watch.start(context.peer, self.changes());
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let (items, next_cursor) = page(self.all_tools(), request, PAGE)?;
        Ok(ListToolsResult { next_cursor, ..ListToolsResult::with_all_items(items) })
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.all_tools().into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if let Some(fixtures) = self.fixtures()
            && fixtures.has_tool(&request.name)
        {
            return fixtures.call(request, &context, &self.level).await;
        }
        let Shared { tools, limit, .. } = &self.shared;
        calls::call(tools, &self.level, *limit, request, &context).await.map(Into::into)
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let more = self.fixtures().map(Fixtures::resources).unwrap_or_default();
        resources::list(&self.shared.tools, more, request)
    }

    async fn list_resource_templates(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(resources::templates(self.fixtures().map(Fixtures::templates).unwrap_or_default()))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        if let Some(read) = self.fixtures().and_then(|fixtures| fixtures.read(&request.uri)) {
            return Ok(read.into());
        }
        resources::read(&self.shared.tools, &request.uri).await.map(Into::into)
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        prompts::list(self.fixtures().map(Fixtures::prompts).unwrap_or_default(), request)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        if let Some(answer) = self.fixtures().and_then(|fixtures| fixtures.prompt(&request)) {
            return answer;
        }
        prompts::get(&self.shared.tools, &request).await.map(Into::into)
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        completion::complete(&self.shared.tools, &request, |name| {
            prompts::exists(name) || self.fixtures().is_some_and(|fixtures| fixtures.has_prompt(name))
        })
    }

    async fn set_level(
        &self,
        request: SetLevelRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.level.set(request.level);
        Ok(())
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        if !self.watchable(&request.uri) {
            return Err(resources::missing(&request.uri));
        }
        self.watch.add(request.uri);
        Ok(())
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.watch.remove(&request.uri);
        Ok(())
    }

    /// What the library can't read as a request it knows comes here: a method that exists has wrong parameters.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let method = request.method.as_str();
        // Requests without a session name their revision themselves, and that one has fewer methods.
        let in_params = || request.params.as_ref()?.get("_meta")?.get(REVISION).map(drop);
        let is_gone =
            REMOVED.contains(&method) && (context.meta.get(REVISION).is_some() || in_params().is_some());
        if METHODS.contains(&method) && !is_gone {
            let message = format!("{}: the parameters can't be read", request.method);
            return Err(ErrorData::invalid_params(message, None));
        }
        Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, request.method, None))
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        let mut accepted = requested.clone();
        if let Some(uris) = &mut accepted.resource_subscriptions {
            uris.retain(|uri| self.watchable(uri));
        }
        Some(accepted)
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        listen(context, self.changes()).await;
        Ok(())
    }
}
