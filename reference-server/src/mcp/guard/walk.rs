//! The walk through a query's tree: what is not allowed by name is refused.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Distinct, Expr, Function, FunctionArguments, GroupByExpr, Ident, JoinOperator,
    LimitClause, ObjectName, ObjectNamePart, Query, Select, SelectFlavor, SelectItem, SetExpr, Statement,
    TableFactor, UnaryOperator, Value, ValueWithSpan, Visitor, WildcardAdditionalOptions,
};

use super::Refusal;
use crate::database::{DatabaseInfo, Dialect, may_call};

type Step = ControlFlow<Refusal>;

const NEXT: Step = ControlFlow::Continue(());

/// One walk.
pub(super) struct Walk<'a> {
    database: &'a DatabaseInfo,
    dialect: Dialect,
    /// Names of common table expressions that are visible, one set for each query around the present place.
    scopes: Vec<Vec<String>>,
}

fn clause(clause: &'static str) -> Step {
    ControlFlow::Break(Refusal::Clause { clause })
}

fn clause_if(found: bool, name: &'static str) -> Step {
    if found { clause(name) } else { NEXT }
}

impl<'a> Walk<'a> {
    pub(super) fn new(database: &'a DatabaseInfo, dialect: Dialect) -> Self {
        Self { database, dialect, scopes: Vec::new() }
    }

    fn is_visible(&self, name: &str) -> bool {
        self.scopes.iter().flatten().any(|known| known.eq_ignore_ascii_case(name))
            || self.database.tables.iter().any(|table| table.name.eq_ignore_ascii_case(name))
    }
}

impl Visitor for Walk<'_> {
    type Break = Refusal;

    /// The walk starts below the statement, so any statement met on it is nested in the query.
    fn pre_visit_statement(&mut self, statement: &Statement) -> Step {
        ControlFlow::Break(Refusal::Writes { statement: statement_name(statement) })
    }

    fn pre_visit_query(&mut self, query: &Query) -> Step {
        let mut names = Vec::new();
        if let Some(with) = &query.with {
            // Without end by design; the time limit would stop it, but nothing here needs it.
            clause_if(with.recursive, "WITH RECURSIVE")?;
            for table in &with.cte_tables {
                clause_if(table.from.is_some(), "FROM of a common table expression")?;
                names.push(table.alias.name.value.clone());
            }
        }
        self.scopes.push(names);
        clause_if(!query.locks.is_empty(), "FOR UPDATE or FOR SHARE")?;
        clause_if(query.for_clause.is_some(), "FOR XML, JSON or BROWSE")?;
        clause_if(query.settings.is_some(), "SETTINGS")?;
        clause_if(query.format_clause.is_some(), "FORMAT")?;
        clause_if(query.fetch.is_some(), "FETCH")?;
        clause_if(!query.pipe_operators.is_empty(), "|>")?;
        if let Some(LimitClause::LimitOffset { limit_by, .. }) = &query.limit_clause {
            clause_if(!limit_by.is_empty(), "LIMIT BY")?;
        }
        body(&query.body)
    }

    fn post_visit_query(&mut self, _query: &Query) -> Step {
        self.scopes.pop();
        NEXT
    }

    fn pre_visit_select(&mut self, select: &Select) -> Step {
        select_clauses(select)?;
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. } => {}
                SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) => {
                    wildcard(options)?;
                }
                SelectItem::ExprWithAliases { .. } => return clause("several aliases of one column"),
            }
        }
        for join in select.from.iter().flat_map(|table| &table.joins) {
            clause_if(join.global, "GLOBAL JOIN")?;
            clause_if(!is_plain_join(&join.join_operator), "this kind of join")?;
        }
        NEXT
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> Step {
        match factor {
            TableFactor::Table {
                args,
                with_hints,
                version,
                with_ordinality,
                partitions,
                json_path,
                sample,
                index_hints,
                ..
            } => {
                clause_if(args.is_some(), "a table function")?;
                clause_if(!with_hints.is_empty() || !index_hints.is_empty(), "a hint")?;
                clause_if(version.is_some(), "a table version")?;
                clause_if(*with_ordinality, "WITH ORDINALITY")?;
                clause_if(!partitions.is_empty(), "PARTITION")?;
                clause_if(json_path.is_some(), "a path into a table")?;
                clause_if(sample.is_some(), "TABLESAMPLE")
            }
            TableFactor::Derived { lateral, sample, .. } => {
                clause_if(*lateral, "LATERAL")?;
                clause_if(sample.is_some(), "TABLESAMPLE")
            }
            TableFactor::NestedJoin { table_with_joins, .. } => {
                let plain = table_with_joins.joins.iter().all(|join| is_plain_join(&join.join_operator));
                clause_if(!plain, "this kind of join")
            }
            _ => clause("this kind of table"),
        }
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> Step {
        if let [ObjectNamePart::Identifier(name)] = relation.0.as_slice()
            && self.is_visible(&name.value)
        {
            return NEXT;
        }
        let name = relation.to_string().chars().take(64).collect();
        ControlFlow::Break(Refusal::Table { name, database: self.database.name.clone() })
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> Step {
        match expr {
            Expr::Function(function) => call(function, self.dialect),
            Expr::Identifier(name) if is_call_without_parentheses(name) => {
                ControlFlow::Break(Refusal::Function { name: name.value.clone() })
            }
            Expr::BinaryOp { op, .. } if !is_plain_operator(op, self.dialect) => {
                ControlFlow::Break(Refusal::Expression { what: "this operator" })
            }
            Expr::UnaryOp { op, .. } if !is_plain_sign(*op) => {
                ControlFlow::Break(Refusal::Expression { what: "this operator" })
            }
            Expr::Interval(_) | Expr::Extract { .. } if self.dialect == Dialect::MySql => NEXT,
            expr if is_plain_expression(expr) => NEXT,
            _ => ControlFlow::Break(Refusal::Expression { what: "this kind of expression" }),
        }
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> Step {
        match &value.value {
            Value::Number(..)
            | Value::SingleQuotedString(_)
            | Value::HexStringLiteral(_)
            | Value::Boolean(_)
            | Value::Null => NEXT,
            Value::DoubleQuotedString(_) if self.dialect == Dialect::MySql => NEXT,
            Value::Placeholder(_) => ControlFlow::Break(Refusal::Expression { what: "a placeholder" }),
            _ => ControlFlow::Break(Refusal::Expression { what: "this kind of literal" }),
        }
    }

    /// A name that would have to be escaped again, or that is a variable, is nobody's honest column.
    fn pre_visit_ident(&mut self, ident: &Ident) -> Step {
        let odd = |sign: char| sign.is_control() || matches!(sign, '"' | '\'' | '`' | '[' | ']' | '\\' | '@');
        if ident.value.is_empty() || ident.value.contains(odd) {
            return ControlFlow::Break(Refusal::Expression { what: "a name with quotes, brackets or @" });
        }
        NEXT
    }
}

fn body(set: &SetExpr) -> Step {
    match set {
        SetExpr::Select(_) | SetExpr::Query(_) => NEXT,
        SetExpr::SetOperation { left, right, .. } => {
            body(left)?;
            body(right)
        }
        SetExpr::Values(_) => clause("VALUES"),
        SetExpr::Table(_) => clause("TABLE"),
        SetExpr::Insert(statement)
        | SetExpr::Update(statement)
        | SetExpr::Delete(statement)
        | SetExpr::Merge(statement) => {
            ControlFlow::Break(Refusal::Writes { statement: statement_name(statement) })
        }
    }
}

fn select_clauses(select: &Select) -> Step {
    clause_if(select.into.is_some(), "INTO")?;
    clause_if(!select.optimizer_hints.is_empty(), "a hint")?;
    clause_if(select.select_modifiers.is_some(), "a modifier of SELECT")?;
    clause_if(select.top.is_some(), "TOP")?;
    clause_if(select.exclude.is_some(), "EXCLUDE")?;
    clause_if(!select.lateral_views.is_empty(), "LATERAL VIEW")?;
    clause_if(select.prewhere.is_some(), "PREWHERE")?;
    clause_if(!select.connect_by.is_empty(), "CONNECT BY")?;
    clause_if(!select.cluster_by.is_empty(), "CLUSTER BY")?;
    clause_if(!select.distribute_by.is_empty(), "DISTRIBUTE BY")?;
    clause_if(!select.sort_by.is_empty(), "SORT BY")?;
    clause_if(select.qualify.is_some(), "QUALIFY")?;
    clause_if(select.value_table_mode.is_some(), "AS VALUE or AS STRUCT")?;
    clause_if(!matches!(select.flavor, SelectFlavor::Standard), "FROM before SELECT")?;
    clause_if(matches!(select.distinct, Some(Distinct::On(_))), "DISTINCT ON")?;
    match &select.group_by {
        GroupByExpr::Expressions(_, modifiers) => clause_if(!modifiers.is_empty(), "a modifier of GROUP BY"),
        GroupByExpr::All(_) => clause("GROUP BY ALL"),
    }
}

fn wildcard(options: &WildcardAdditionalOptions) -> Step {
    let plain = options.opt_ilike.is_none()
        && options.opt_exclude.is_none()
        && options.opt_except.is_none()
        && options.opt_replace.is_none()
        && options.opt_rename.is_none();
    clause_if(!plain, "a modifier of *")
}

fn is_plain_join(operator: &JoinOperator) -> bool {
    matches!(
        operator,
        JoinOperator::Join(_)
            | JoinOperator::Inner(_)
            | JoinOperator::Left(_)
            | JoinOperator::LeftOuter(_)
            | JoinOperator::Right(_)
            | JoinOperator::RightOuter(_)
            | JoinOperator::FullOuter(_)
            | JoinOperator::CrossJoin(_)
    )
}

fn is_plain_expression(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Identifier(_)
            | Expr::CompoundIdentifier(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::InList { .. }
            | Expr::InSubquery { .. }
            | Expr::Between { .. }
            | Expr::BinaryOp { .. }
            | Expr::Like { .. }
            | Expr::UnaryOp { .. }
            | Expr::Cast { .. }
            | Expr::Ceil { .. }
            | Expr::Floor { .. }
            | Expr::Substring { .. }
            | Expr::Trim { .. }
            | Expr::Nested(_)
            | Expr::Value(_)
            | Expr::Case { .. }
            | Expr::Exists { .. }
            | Expr::Subquery(_)
            | Expr::Tuple(_)
    )
}

/// MySQL takes these for functions although they look like columns; they tell who the account is.
fn is_call_without_parentheses(name: &Ident) -> bool {
    let known = ["current_user", "current_role", "session_user", "system_user"];
    name.quote_style.is_none() && known.iter().any(|known| name.value.eq_ignore_ascii_case(known))
}

/// Everything that compares and computes; what assigns, casts or belongs to another database is not.
fn is_plain_operator(operator: &BinaryOperator, dialect: Dialect) -> bool {
    use BinaryOperator as Op;
    match operator {
        Op::Plus | Op::Minus | Op::Multiply | Op::Divide | Op::Modulo => true,
        Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq | Op::And | Op::Or => true,
        Op::BitwiseAnd | Op::BitwiseOr => true,
        // To MySQL `||` is OR, to whoever wrote it most likely not.
        Op::StringConcat => dialect == Dialect::Sqlite,
        Op::Spaceship | Op::MyIntegerDivide | Op::Xor => dialect == Dialect::MySql,
        _ => false,
    }
}

fn is_plain_sign(operator: UnaryOperator) -> bool {
    matches!(operator, UnaryOperator::Plus | UnaryOperator::Minus | UnaryOperator::Not)
}

fn call(function: &Function, dialect: Dialect) -> Step {
    let name = function.name.to_string();
    let plain = matches!(function.name.0.as_slice(), [ObjectNamePart::Identifier(_)])
        && matches!(function.parameters, FunctionArguments::None)
        && matches!(function.args, FunctionArguments::List(_))
        && function.within_group.is_empty()
        && function.null_treatment.is_none()
        && !function.uses_odbc_syntax;
    if plain && may_call(&name, dialect) {
        return NEXT;
    }
    ControlFlow::Break(Refusal::Function { name: name.chars().take(64).collect() })
}

fn statement_name(statement: &Statement) -> &'static str {
    match statement {
        Statement::Insert(_) => "INSERT",
        Statement::Update(_) => "UPDATE",
        Statement::Delete(_) => "DELETE",
        Statement::Merge(_) => "MERGE",
        _ => "a statement",
    }
}
