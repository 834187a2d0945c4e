namespace Mdm.Host.Members;

internal static class MemberServices
{
    /// <param name="services">Where it is added.</param>
    /// <param name="stateDirectory">There already.</param>
    public static IServiceCollection AddMembers(this IServiceCollection services, string stateDirectory) => services.AddSingleton(ThisHost.Open(stateDirectory));
}
