using Mdm.Sql;

namespace Mdm.Host.Requests;

internal static class RequestServices
{
    /// <summary>Needs <see cref="RequestsOptions"/>, access, staging and transfer.</summary>
    /// <param name="stateDirectory">What a relative store path is meant against.</param>
    public static IServiceCollection AddRequests(this IServiceCollection services, string stateDirectory) => services
        .AddSingleton(provider => new RequestStore(SqlStoreAddress.Parse(provider.GetRequiredService<RequestsOptions>().Store, stateDirectory)))
        .AddSingleton<Holdings>()
        .AddSingleton<RequestBook>()
        .AddHostedService(provider => provider.GetRequiredService<RequestBook>())
        .AddHostedService<BannedRequests>();
}
