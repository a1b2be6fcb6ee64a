"""What Kibana 9's own schemas say of the attributes of the four types of saved objects that we ship.

Facts from Kibana's sources, at the versions that our objects name: `dashboard` model version 2, `search` model version 5,
`lens` 8.9.0, `index-pattern` 8.0.0 (every 9.x knows them and brings them up to its own). An unknown key is an error.
"""
# ruff: noqa: N815 - the names are Kibana's

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Json, StrictBool, StrictFloat, StrictInt, StrictStr

VERSIONS = {"dashboard": "10.2.0", "search": "10.5.0", "lens": "8.9.0", "index-pattern": "8.0.0"}
Number = StrictInt | StrictFloat


class Shape(BaseModel):
    """Strict, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Reference(Shape):
    type: Literal["index-pattern", "search", "lens"]
    id: StrictStr
    name: StrictStr


class Kql(Shape):
    query: StrictStr
    language: Literal["kuery"]


class SearchSource(Shape):
    """`indexRefName` stands for the data view, which is a reference."""

    query: Kql
    filter: list[Any] = Field(max_length=0)
    indexRefName: StrictStr | None = None


class SourceMeta(Shape):
    searchSourceJSON: Json[SearchSource]


class DataView(Shape):
    title: StrictStr
    name: StrictStr
    timeFieldName: StrictStr | None = None
    allowNoIndex: StrictBool
    fieldFormatMap: Json[dict[str, "FieldFormat"]]
    fieldAttrs: Json[dict[str, Any]]
    runtimeFieldMap: Json[dict[str, Any]]
    sourceFilters: Json[list[Any]]
    fields: Json[list[Any]]


class FieldFormat(Shape):
    id: Literal["bytes", "color", "duration", "url"]
    params: dict[str, Any] = Field(default_factory=dict)


class Search(Shape):
    title: StrictStr
    description: StrictStr
    columns: list[StrictStr]
    sort: list[Annotated[list[StrictStr], Field(min_length=2, max_length=2)]]
    grid: dict[str, Any] = Field(max_length=0)
    hideChart: StrictBool
    isTextBasedQuery: Literal[False]
    timeRestore: StrictBool
    rowHeight: StrictInt
    kibanaSavedObjectMeta: SourceMeta


class OrderBy(Shape):
    type: Literal["column"]
    columnId: StrictStr


class TermsParams(Shape):
    size: StrictInt = Field(ge=1, le=1000)
    orderBy: OrderBy
    orderDirection: Literal["asc", "desc"]
    otherBucket: StrictBool
    missingBucket: StrictBool
    parentFormat: dict[str, Literal["terms"]]
    include: list[StrictStr]
    exclude: list[StrictStr]
    includeIsRegex: StrictBool
    excludeIsRegex: StrictBool


class HistogramParams(Shape):
    interval: Literal["auto", "1m"]
    includeEmptyRows: StrictBool
    dropPartials: StrictBool


class NamedFilter(Shape):
    label: StrictStr
    input: Kql


class FiltersParams(Shape):
    filters: list[NamedFilter] = Field(min_length=1)


class MetricParams(Shape):
    emptyAsNull: StrictBool


class _Column(Shape):
    label: StrictStr
    customLabel: StrictBool


class Terms(_Column):
    operationType: Literal["terms"]
    dataType: Literal["string", "number", "ip", "boolean"]
    isBucketed: Literal[True]
    scale: Literal["ordinal"]
    sourceField: StrictStr
    params: TermsParams


class DateHistogram(_Column):
    operationType: Literal["date_histogram"]
    dataType: Literal["date"]
    isBucketed: Literal[True]
    scale: Literal["interval"]
    sourceField: StrictStr
    params: HistogramParams


class Filters(_Column):
    operationType: Literal["filters"]
    dataType: Literal["string"]
    isBucketed: Literal[True]
    scale: Literal["ordinal"]
    params: FiltersParams


class Metric(_Column):
    operationType: Literal["count", "unique_count", "sum", "min", "max"]
    dataType: Literal["number", "date"]
    isBucketed: Literal[False]
    scale: Literal["ratio"]
    sourceField: StrictStr
    params: MetricParams
    filter: Kql | None = None


Column = Annotated[Terms | DateHistogram | Filters | Metric, Field(discriminator="operationType")]


class Layer(Shape):
    columnOrder: list[StrictStr]
    columns: dict[str, Column]
    incompleteColumns: dict[str, Any] = Field(max_length=0)
    sampling: Literal[1]


class _Layers(Shape):
    layers: dict[str, Layer]


class _Datasources(Shape):
    formBased: _Layers


class _VisualLayer(Shape):
    layerId: StrictStr
    layerType: Literal["data"]


class MetricVisual(_VisualLayer):
    metricAccessor: StrictStr
    showBar: StrictBool
    color: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")] | None = None


class _TableColumn(Shape):
    columnId: StrictStr


class _Paging(Shape):
    size: StrictInt
    enabled: StrictBool


class TableVisual(_VisualLayer):
    columns: list[_TableColumn]
    paging: _Paging
    rowHeight: Literal["single"]
    headerRowHeight: Literal["single"]


class PieLayer(_VisualLayer):
    primaryGroups: list[StrictStr] = Field(min_length=1)
    metrics: list[StrictStr] = Field(min_length=1)
    numberDisplay: Literal["percent"]
    categoryDisplay: Literal["default"]
    legendDisplay: Literal["default"]
    nestedLegend: StrictBool


class PieVisual(Shape):
    shape: Literal["donut"]
    layers: list[PieLayer] = Field(min_length=1, max_length=1)


SeriesType = Literal["bar", "bar_stacked", "bar_horizontal", "bar_horizontal_stacked", "line", "area", "area_stacked"]


class XyLayer(_VisualLayer):
    seriesType: SeriesType
    xAccessor: StrictStr
    accessors: list[StrictStr] = Field(min_length=1)
    splitAccessor: StrictStr | None = None
    position: Literal["top"]
    showGridlines: StrictBool


class _Legend(Shape):
    isVisible: StrictBool
    position: Literal["right"]


class _Sides(Shape):
    x: StrictBool
    yLeft: StrictBool
    yRight: StrictBool


class _Angles(Shape):
    x: Number
    yLeft: Number
    yRight: Number


class XyVisual(Shape):
    legend: _Legend
    valueLabels: Literal["hide", "show"]
    fittingFunction: Literal["None"]
    preferredSeriesType: SeriesType
    layers: list[XyLayer]
    axisTitlesVisibilitySettings: _Sides
    tickLabelsVisibilitySettings: _Sides
    gridlinesVisibilitySettings: _Sides
    labelsOrientation: _Angles


VISUALS: dict[str, type[Shape]] = {
    "lnsMetric": MetricVisual,
    "lnsDatatable": TableVisual,
    "lnsPie": PieVisual,
    "lnsXY": XyVisual,
}


class LensState(Shape):
    datasourceStates: _Datasources
    visualization: dict[str, Any]
    query: Kql
    filters: list[Any] = Field(max_length=0)
    internalReferences: list[Any] = Field(max_length=0)
    adHocDataViews: dict[str, Any] = Field(max_length=0)


class Lens(Shape):
    title: StrictStr
    description: StrictStr
    visualizationType: Literal["lnsMetric", "lnsDatatable", "lnsPie", "lnsXY"]
    state: LensState


class Grid(Shape):
    x: StrictInt = Field(ge=0, lt=48)
    y: StrictInt = Field(ge=0)
    w: StrictInt = Field(ge=1, le=48)
    h: StrictInt = Field(ge=1)
    i: StrictStr


class Panel(Shape):
    type: Literal["lens", "search"]
    panelIndex: StrictStr
    gridData: Grid
    embeddableConfig: dict[str, dict[str, Any]]
    panelRefName: StrictStr


class ControlInput(Shape):
    id: StrictStr
    fieldName: StrictStr
    title: StrictStr
    selectedOptions: list[Any] = Field(max_length=0)
    enhancements: dict[str, Any] = Field(max_length=0)


class Control(Shape):
    order: StrictInt
    width: Literal["small", "medium", "large"]
    grow: StrictBool
    type: Literal["optionsListControl"]
    explicitInput: ControlInput


class Ignored(Shape):
    ignoreFilters: StrictBool
    ignoreQuery: StrictBool
    ignoreTimerange: StrictBool
    ignoreValidations: StrictBool


class ControlGroup(Shape):
    chainingSystem: Literal["HIERARCHICAL", "NONE"]
    controlStyle: Literal["oneLine", "twoLine"]
    showApplySelections: StrictBool
    ignoreParentSettingsJSON: Json[Ignored]
    panelsJSON: Json[dict[str, Control]]


class Options(Shape):
    useMargins: StrictBool
    syncColors: StrictBool
    syncCursor: StrictBool
    syncTooltips: StrictBool
    hidePanelTitles: StrictBool


class Refresh(Shape):
    pause: StrictBool
    value: StrictInt


class Dashboard(Shape):
    title: StrictStr
    description: StrictStr
    timeRestore: Literal[True]
    timeFrom: StrictStr
    timeTo: StrictStr
    refreshInterval: Refresh
    kibanaSavedObjectMeta: SourceMeta
    optionsJSON: Json[Options]
    controlGroupInput: ControlGroup
    panelsJSON: Json[list[Panel]]


ATTRIBUTES: dict[str, type[Shape]] = {"dashboard": Dashboard, "search": Search, "lens": Lens, "index-pattern": DataView}


class Saved(Shape):
    """One line of NDJSON."""

    type: Literal["index-pattern", "search", "lens", "dashboard"]
    id: Annotated[str, Field(pattern=r"^vagt-[a-z0-9-]+$")]
    attributes: dict[str, Any]
    references: list[Reference]
    coreMigrationVersion: Literal["8.8.0"]
    typeMigrationVersion: StrictStr
